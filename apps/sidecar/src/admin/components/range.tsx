import type { StatsRequest } from "@sidehook/store";
import { listStarts } from "../time-zone.ts";
import { useView, type Query } from "../view.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Stretches of time that charts may show, and how finely. */
const ranges = [
  { name: "24h", lengthMs: dayMs, bucketMs: hourMs },
  { name: "7d", lengthMs: 7 * dayMs, bucketMs: 6 * hourMs },
  { name: "30d", lengthMs: 30 * dayMs, bucketMs: dayMs },
] as const;

export type Range = (typeof ranges)[number];

/** The one that is asked for in an address, or a day. */
export function chooseRange(name: string | undefined): Range {
  return ranges.find((range) => range.name === name) ?? ranges[0];
}

/** What to count for the charts of a page: the days of whoever looks at it. */
export function statsOf({ lengthMs, bucketMs }: Range, until: Date, timeZone: string): StatsRequest {
  const since = new Date(until.getTime() - lengthMs);
  return { startsAt: listStarts({ since, until, bucketMs, timeZone }), until };
}

export function RangeLinks({ path, range, query = {} }: { path: string; range: Range; query?: Query }) {
  const { t, link } = useView();
  return (
    <nav class="ranges" aria-label={t("range.label")}>
      {ranges.map(({ name }) => (
        <a
          href={link(path, { ...query, range: name })}
          aria-current={name === range.name ? "true" : undefined}
        >
          {t(`range.${name}`)}
        </a>
      ))}
    </nav>
  );
}
