import { failureClasses } from "@sidehook/delivery";

/** Labels are closed lists: no webhook, URL, id or event type ever is one, however many there are. */
interface Family {
  name: string;
  help: string;
  label: string;
  values: readonly string[];
}

const threads = ["api", "worker"] as const;
export type ThreadName = (typeof threads)[number];

/** What is counted from the start of the process on, by all of its threads. A further number is one entry. */
export const counters = {
  events: {
    name: "sidehook_events_total",
    help: "Events that were offered to this process, by what became of them.",
    label: "result",
    values: ["accepted", "duplicate", "rejected"],
  },
  attempts: {
    name: "sidehook_attempts_total",
    help: "Attempts that this process made, without tests: ok, or the class of failure.",
    label: "class",
    values: ["ok", ...failureClasses],
  },
  ended: {
    name: "sidehook_deliveries_ended_total",
    help: "Deliveries that ended with an attempt of this process, without tests.",
    label: "state",
    values: ["delivered", "failed"],
  },
  storeErrors: {
    name: "sidehook_store_errors_total",
    help: "Calls of the store that failed, by the thread that made them.",
    label: "thread",
    values: threads,
  },
} as const satisfies Record<string, Family>;
type CounterName = keyof typeof counters;

interface Distribution extends Family {
  /** Upper bounds of the buckets but the last, which has none. */
  boundsMs: readonly number[];
}

export const histograms = {
  attemptDuration: {
    name: "sidehook_attempt_duration_seconds",
    help: "How long the attempts of this process took, without tests.",
    label: "outcome",
    values: ["ok", "failed"],
    boundsMs: [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000],
  },
  eventLoopLag: {
    name: "sidehook_event_loop_lag_seconds",
    help: "How much later than asked for a timer fired, measured ten times a second.",
    label: "thread",
    values: threads,
    boundsMs: [1, 5, 10, 25, 50, 100, 250, 500, 1000, 5000],
  },
} as const satisfies Record<string, Distribution>;
type HistogramName = keyof typeof histograms;

export interface Histogram {
  /** How many observations lie in each bucket, those of the buckets before it not among them. */
  counts: readonly number[];
  sumMs: number;
}

/** Numbers in memory that the threads of a process share; see `counters` and `histograms`. */
export interface Metrics {
  /** To be handed to another thread, whose `createMetrics` then counts into the same numbers. */
  memory: SharedArrayBuffer;
  count: <Name extends CounterName>(
    name: Name,
    value: (typeof counters)[Name]["values"][number],
    by?: number,
  ) => void;
  observe: <Name extends HistogramName>(
    name: Name,
    value: (typeof histograms)[Name]["values"][number],
    ms: number,
  ) => void;
  readCount: (name: CounterName, value: string) => number;
  readHistogram: (name: HistogramName, value: string) => Histogram;
}

const places = placesOf([
  ...Object.entries(counters).flatMap(([key, { values }]) =>
    values.map((value) => ({ key, value, size: 1 })),
  ),
  ...Object.entries(histograms).flatMap(([key, { values, boundsMs }]) =>
    values.map((value) => ({ key, value, size: boundsMs.length + 2 })),
  ),
]);

/** Where the numbers of each family and label begin. A histogram has its buckets there, then the sum in microseconds. */
function placesOf(parts: readonly { key: string; value: string; size: number }[]) {
  const first = new Map<string, number>();
  let size = 0;
  for (const part of parts) {
    first.set(`${part.key} ${part.value}`, size);
    size += part.size;
  }
  return { first, size };
}

export function createMetrics(
  memory = new SharedArrayBuffer(places.size * BigUint64Array.BYTES_PER_ELEMENT),
): Metrics {
  const numbers = new BigUint64Array(memory);
  const placeOf = (name: string, value: string) => places.first.get(`${name} ${value}`) ?? 0;
  const add = (place: number, by: number) => void Atomics.add(numbers, place, BigInt(by));
  const read = (place: number) => Number(Atomics.load(numbers, place));
  return {
    memory,
    count: (name, value, by = 1) => add(placeOf(name, value), by),
    observe(name, value, ms) {
      const first = placeOf(name, value);
      const { boundsMs } = histograms[name];
      const bucket = boundsMs.findIndex((bound) => ms <= bound);
      add(first + (bucket < 0 ? boundsMs.length : bucket), 1);
      add(first + boundsMs.length + 1, Math.round(Math.max(0, ms) * 1000));
    },
    readCount: (name, value) => read(placeOf(name, value)),
    readHistogram(name, value) {
      const first = placeOf(name, value);
      const { length } = histograms[name].boundsMs;
      const counts = Array.from({ length: length + 1 }, (_, bucket) => read(first + bucket));
      return { counts, sumMs: read(first + length + 1) / 1000 };
    },
  };
}

const tickMs = 100;

/** Measures how long this thread keeps others waiting; returns a function that stops it. */
export function measureLag(metrics: Metrics, thread: ThreadName): () => void {
  let expectedAt = performance.now() + tickMs;
  const timer = setInterval(() => {
    const now = performance.now();
    metrics.observe("eventLoopLag", thread, Math.max(0, now - expectedAt));
    expectedAt = now + tickMs;
  }, tickMs);
  timer.unref();
  return () => clearInterval(timer);
}
