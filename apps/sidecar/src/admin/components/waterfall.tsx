import type { Attempt, Phases } from "@sidehook/delivery";
import type { Child } from "hono/jsx";
import { useView } from "../view.ts";
import { formatDuration } from "./time.tsx";

const phaseNames = ["dns", "connect", "tls", "firstByte", "body"] as const;
type PhaseName = (typeof phaseNames)[number];

/** Units of the drawings; the style stretches them to whatever room there is. */
const width = 1000;
const height = 10;

interface Span {
  name: PhaseName;
  startMs: number;
  lengthMs: number;
}

/** Only the phases that were reached; a connection kept alive needs the first ones no more. */
function spansOf(phases: Phases): Span[] {
  let startMs = 0;
  return phaseNames.flatMap((name) => {
    const lengthMs = phases[name];
    if (lengthMs === null) return [];
    const span = { name, startMs, lengthMs };
    startMs += lengthMs;
    return [span];
  });
}

/** How long an attempt took, and with what, beside others of the same scale. The numbers are in the waterfall. */
export function PhaseBar({ attempt, scaleMs }: { attempt: Attempt; scaleMs: number }) {
  return (
    <Track>
      <rect class="whole" x="0" y="0" width={toUnits(attempt.durationMs, scaleMs)} height={height} />
      {spansOf(attempt.phases).map((span) => (
        <Bar span={span} scaleMs={scaleMs} />
      ))}
    </Track>
  );
}

/** What bars are drawn on. */
function Track({ children }: { children: Child }) {
  return (
    <svg
      class="phases"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="track" x="0" y="0" width={width} height={height} />
      {children}
    </svg>
  );
}

/** What an attempt did after what, and how long each took. */
export function Waterfall({ attempt: { phases, durationMs } }: { attempt: Attempt }) {
  const { t, language } = useView();
  const spans = spansOf(phases);
  if (spans.length === 0) return null;
  const scaleMs = Math.max(durationMs, ...spans.map(({ startMs, lengthMs }) => startMs + lengthMs));
  return (
    <ol class="waterfall" aria-label={t("attempt.phases")}>
      {spans.map((span) => (
        <li>
          <span>{t(`phase.${span.name}`)}</span>
          <Track>
            <Bar span={span} scaleMs={scaleMs} />
          </Track>
          <span class="length">{formatDuration(span.lengthMs, language)}</span>
        </li>
      ))}
    </ol>
  );
}

/** What took next to no time is still to be seen. */
function Bar({ span: { name, startMs, lengthMs }, scaleMs }: { span: Span; scaleMs: number }) {
  const length = Math.max(4, toUnits(lengthMs, scaleMs));
  const x = Math.min(toUnits(startMs, scaleMs), width - length);
  return <rect class={`phase ${name}`} x={x} y="0" width={length} height={height} />;
}

function toUnits(ms: number, scaleMs: number): number {
  return scaleMs <= 0 ? 0 : Math.round((Math.min(ms, scaleMs) / scaleMs) * width);
}
