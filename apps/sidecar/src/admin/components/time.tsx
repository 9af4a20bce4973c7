import { useView } from "../view.ts";

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

/** How long ago, or in how long; the exact time is in the title. */
export function RelativeTime({ at }: { at: Date }) {
  const { language, now, timeZone } = useView();
  return (
    <time datetime={at.toISOString()} title={formatExact(at, language, timeZone)} data-relative="">
      {formatRelative(at.getTime() - now.getTime(), language)}
    </time>
  );
}

/** Date and time in the reader's zone; the one in UTC is in the title. */
export function ExactTime({ at }: { at: Date }) {
  const { language, timeZone } = useView();
  return (
    <time datetime={at.toISOString()} title={at.toISOString()} data-exact="">
      {formatExact(at, language, timeZone)}
    </time>
  );
}

/** The exact time, and how far away it is. */
export function FullTime({ at }: { at: Date }) {
  return (
    <>
      <ExactTime at={at} />{" "}
      <span class="muted">
        (<RelativeTime at={at} />)
      </span>
    </>
  );
}

/** A length of time as it suits attempts and backlogs: `38 ms`, `2.4 s`, `12 min`, `3 days`. */
export function formatDuration(ms: number, language: string): string {
  const [unit, , length] = durationUnits.find(([, from]) => ms >= from) ?? ["millisecond", 0, 1];
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit,
    unitDisplay: unit === "day" ? "long" : "short",
    maximumFractionDigits: unit === "second" ? 1 : 0,
  }).format(ms / length);
}

/** From how many milliseconds on a unit is used, and how many it has. */
const durationUnits = [
  ["day", 2 * 86_400_000, 86_400_000],
  ["hour", 2 * 3_600_000, 3_600_000],
  ["minute", 2 * 60_000, 60_000],
  ["second", 1000, 1000],
] as const;

function formatRelative(ms: number, language: string): string {
  const [unit, length] = units.find(([, length]) => Math.abs(ms) >= length) ?? ["second", 1000];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.trunc(ms / length), unit);
}

function formatExact(at: Date, language: string, timeZone: string): string {
  return new Intl.DateTimeFormat(language, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZone,
    timeZoneName: "short",
  }).format(at);
}
