/** The value in the middle; of an even number, the mean of the two. NaN for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between the two nearest values, as most tools count it. NaN for none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** Milliseconds of a clock that all processes of this machine share and that is never set. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
