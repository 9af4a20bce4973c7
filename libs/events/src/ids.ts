/** Makes ids such as `evt_0192…`: the prefix, an underscore, a UUIDv7. */
export type NewId = (prefix: string) => string;

/**
 * Makes a source of ids that grow strictly, also within one millisecond and when the clock steps back.
 * Rows are found in the order of their ids, so an id must never sort before an earlier one of the same process.
 *
 * @param now the clock, in unix milliseconds
 * @example const newId = createIdSource(Date.now); newId("evt") // "evt_0192f0c1-…"
 */
export function createIdSource(now: () => number): NewId {
  let lastMs = 0;
  let counter = 0;
  return (prefix) => {
    const ms = now();
    if (ms > lastMs) {
      lastMs = ms;
      counter = 0;
    } else if (++counter > maxCounter) {
      lastMs++; // 4,096 ids in one millisecond: borrow the next one
      counter = 0;
    }
    return `${prefix}_${uuid(lastMs, counter)}`;
  };
}

const maxCounter = 0xfff;

/** UUID version 7 of RFC 9562 with the counter in `rand_a`. */
function uuid(ms: number, counter: number): string {
  const time = hex(ms, 12);
  const random = crypto.getRandomValues(new Uint8Array(8));
  random[0] = 0x80 | ((random[0] ?? 0) & 0x3f);
  const tail = Array.from(random, (byte) => hex(byte, 2)).join("");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(counter, 3)}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

function hex(value: number, length: number): string {
  return value.toString(16).padStart(length, "0");
}
