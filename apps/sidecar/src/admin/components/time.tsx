import { useView } from "../view.ts";

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

/** How long ago, or in how long; the exact time is in the title. */
export function RelativeTime({ at }: { at: Date }) {
  const { language, now } = useView();
  const exact = formatExact(at, language);
  return (
    <time datetime={at.toISOString()} title={exact}>
      {formatRelative(at.getTime() - now.getTime(), language)}
    </time>
  );
}

/** Date and time in UTC; the script turns it into the time zone of the reader. */
export function ExactTime({ at }: { at: Date }) {
  const { language } = useView();
  return (
    <time datetime={at.toISOString()} title={at.toISOString()} data-exact="">
      {formatExact(at, language)}
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

/** A length of time as it suits attempts: `38 ms`, `2.4 s`. */
export function formatDuration(ms: number, language: string): string {
  const inSeconds = ms >= 1000;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: inSeconds ? "second" : "millisecond",
    maximumFractionDigits: inSeconds ? 1 : 0,
  }).format(inSeconds ? ms / 1000 : ms);
}

function formatRelative(ms: number, language: string): string {
  const [unit, length] = units.find(([, length]) => Math.abs(ms) >= length) ?? ["second", 1000];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.trunc(ms / length), unit);
}

function formatExact(at: Date, language: string): string {
  return new Intl.DateTimeFormat(language, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZone: "UTC",
    timeZoneName: "short",
  }).format(at);
}
