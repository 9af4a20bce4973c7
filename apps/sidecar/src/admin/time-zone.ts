/**
 * A time zone as a browser names it; UTC for anything else.
 *
 * @example timeZoneOf("Asia/Kolkata") // "Asia/Kolkata"
 */
export function timeZoneOf(name: string | undefined): string {
  if (name === undefined || !/^[\w+/-]{1,64}$/.test(name)) return "UTC";
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return "UTC"; // a zone this Node does not know, or a cookie that somebody has made up
  }
}

/**
 * Beginnings of stretches of so many whole hours, the oldest first, from the one that holds `since` until `until`. Those
 * of several hours stand where a clock on the wall does: days begin at midnight, and last 23 or 25 hours where the clock
 * is changed. Single hours are those of UTC, since deliveries are counted by them.
 *
 * @example listStarts({ since, until, bucketMs: 86_400_000, timeZone: "Asia/Kolkata" }) // 18:30Z, 18:30Z, …
 */
export function listStarts({
  since,
  until,
  bucketMs,
  timeZone,
}: {
  since: Date;
  until: Date;
  bucketMs: number;
  timeZone: string;
}): Date[] {
  const clock = openClock(bucketMs === hourMs ? "UTC" : timeZone);
  const starts: Date[] = [];
  const wallMs = clock.read(since.getTime());
  for (let wall = wallMs - (wallMs % bucketMs); ; wall += bucketMs) {
    const at = clock.find(wall);
    if (at >= until.getTime()) return starts;
    starts.push(new Date(at));
  }
}

/**
 * When a clock on the wall shows what a field for a date and a time holds; undefined for anything else.
 *
 * @example findLocal("2026-11-22T12:30", "Asia/Kolkata") // 2026-11-22T07:00:00Z
 */
export function findLocal(text: string, timeZone: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) return undefined;
  const wallMs = Date.parse(`${text}Z`);
  return Number.isNaN(wallMs) ? undefined : new Date(openClock(timeZone).find(wallMs));
}

/** The other way round, to the second. */
export function toLocal(at: Date, timeZone: string): string {
  return new Date(openClock(timeZone).read(at.getTime())).toISOString().slice(0, 19);
}

/**
 * How people call a zone, in summer and winter.
 *
 * @example zoneName("Asia/Kolkata", "en") // "India Time"
 */
export function zoneName(timeZone: string, language: string): string {
  const parts = new Intl.DateTimeFormat(language, { timeZone, timeZoneName: "shortGeneric" }).formatToParts();
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? timeZone;
}

const hourMs = 3_600_000;

interface Clock {
  /** What it shows at a time, as if that were UTC. */
  read: (atMs: number) => number;
  /** When it shows that; what is skipped in spring is an hour later. */
  find: (wallMs: number) => number;
}

function openClock(timeZone: string): Clock {
  const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  const offsetMs = (atMs: number) => {
    const name = format.formatToParts(atMs).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign, hours = 0, minutes = 0] = /GMT([+-])(\d+):(\d+)/.exec(name) ?? [];
    return (sign === "-" ? -1 : 1) * (Number(hours) * hourMs + Number(minutes) * 60_000);
  };
  return {
    read: (atMs) => atMs + offsetMs(atMs),
    find: (wallMs) => {
      const near = wallMs - offsetMs(wallMs);
      return wallMs - Math.min(offsetMs(near), offsetMs(near - hourMs));
    },
  };
}
