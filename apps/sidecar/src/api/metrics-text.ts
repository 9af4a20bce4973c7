/** One number of a family; `suffix` is that of a part of a histogram. */
interface Sample {
  suffix?: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

export interface MetricFamily {
  name: string;
  help: string;
  type: "counter" | "gauge" | "histogram";
  samples: readonly Sample[];
}

/** The text format of Prometheus; names, labels and texts are ours and need no escaping. */
export function metricsText(families: readonly MetricFamily[]): string {
  const lines = families.flatMap(({ name, help, type, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ suffix = "", labels, value }) => `${name}${suffix}${labelText(labels)} ${value}`),
  ]);
  return `${lines.join("\n")}\n`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

interface Buckets {
  boundsMs: readonly number[];
  /** Of each bucket alone, the last one for all above the bounds. */
  counts: readonly number[];
  sumMs: number;
}

/** What Prometheus wants of a histogram: each bucket with those before it, in seconds. */
export function histogramSamples(
  labels: Readonly<Record<string, string>>,
  { boundsMs, counts, sumMs }: Buckets,
): Sample[] {
  let count = 0;
  const buckets = counts.map((each, index) => {
    const bound = boundsMs[index];
    count += each;
    const le = bound === undefined ? "+Inf" : String(bound / 1000);
    return { suffix: "_bucket", labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { suffix: "_sum", labels, value: sumMs / 1000 },
    { suffix: "_count", labels, value: count },
  ];
}
