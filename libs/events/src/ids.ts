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
  const readRandom = createRandomSource();
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
    return `${prefix}_${uuid(lastMs, counter, readRandom())}`;
  };
}

const maxCounter = 0xfff;
const randomHexDigits = 16;
/** Asking the system for a few bytes costs as much as asking for many. */
const idsPerRead = 256;

/** Gives 16 hexadecimal digits at a time. */
function createRandomSource(): () => string {
  let digits = "";
  let at = 0;
  return () => {
    if (at >= digits.length) {
      const bytes = crypto.getRandomValues(new Uint8Array((idsPerRead * randomHexDigits) / 2));
      digits = Array.from(bytes, (byte) => hex(byte, 2)).join("");
      at = 0;
    }
    at += randomHexDigits;
    return digits.slice(at - randomHexDigits, at);
  };
}

const variants = ["8", "9", "a", "b"];

/** UUID version 7 of RFC 9562 with the counter in `rand_a`. */
function uuid(ms: number, counter: number, random: string): string {
  const time = hex(ms, 12);
  const variant = variants[Number.parseInt(random.charAt(0), 16) % variants.length];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(counter, 3)}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
}

function hex(value: number, length: number): string {
  return value.toString(16).padStart(length, "0");
}
