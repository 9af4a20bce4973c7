import { headerOf, keyOf, type Message } from "./po.ts";

const magic = 0x950412de;
const headBytes = 28;

/** The binary form that WordPress reads: two sorted tables of lengths and places, then the texts. */
export function buildMo(language: string, messages: readonly Message[]): Buffer {
  const pairs: [key: string, value: string][] = messages.map((message) => [
    message.plural === undefined ? keyOf(message) : `${keyOf(message)}\0${message.plural}`,
    message.translations.join("\0"),
  ]);
  const entries = [["", headerOf(language)] as const, ...pairs]
    .map(([key, value]) => ({ key: Buffer.from(key), value: Buffer.from(value) }))
    .toSorted((a, b) => Buffer.compare(a.key, b.key));
  const tableBytes = 8 * entries.length;
  // Of a table of hashes only the place, although it is empty: WordPress looks where it would stand.
  const head = [magic, 0, entries.length, headBytes, headBytes + tableBytes, 0, headBytes + 2 * tableBytes];
  const texts = [...entries.map(({ key }) => key), ...entries.map(({ value }) => value)];
  let offset = headBytes + 2 * tableBytes;
  const table = texts.flatMap(({ length }) => {
    const place = [length, offset];
    offset += length + 1;
    return place;
  });
  const numbers = Buffer.alloc(headBytes + 2 * tableBytes);
  [...head, ...table].forEach((value, index) => numbers.writeUInt32LE(value, 4 * index));
  return Buffer.concat([numbers, ...texts.flatMap((text) => [text, Buffer.from([0])])]);
}
