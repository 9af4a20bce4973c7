import { InvalidCursorError } from "./errors.ts";

/**
 * One page of a list; `nextCursor` goes into the next call, null on the last page. A list that has to search may
 * answer fewer items than asked for, or none, and still have a next page: one call looks at a limited stretch only.
 */
export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

export interface PageRequest {
  /** 1 to 200. */
  limit: number;
  cursor?: string | undefined;
}

/** What the rows of a list are ordered by, newest first; the last part is unique. */
type Key = readonly (string | number)[];

/**
 * Where the next page begins, as an opaque text. Pages go on after a row and not after a number of rows: that stays
 * right while rows are added, and deep pages cost no more than the first.
 */
function toCursor(key: Key): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/**
 * The key in a cursor, or undefined for the first page.
 *
 * @throws InvalidCursorError unless its parts are of these kinds
 */
export function parseCursor<const Kinds extends readonly ("text" | "number")[]>(
  cursor: string | undefined,
  kinds: Kinds,
): KeyOf<Kinds> | undefined {
  if (cursor === undefined) return undefined;
  const key = decode(cursor);
  if (!Array.isArray(key) || key.length !== kinds.length) throw new InvalidCursorError();
  const isRight = kinds.every((kind, index) => {
    const part: unknown = key[index];
    return kind === "text" ? typeof part === "string" : Number.isSafeInteger(part);
  });
  if (!isRight) throw new InvalidCursorError();
  return key as unknown as KeyOf<Kinds>;
}

type KeyOf<Kinds extends readonly ("text" | "number")[]> = {
  -readonly [Index in keyof Kinds]: Kinds[Index] extends "text" ? string : number;
};

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return undefined; // not one of ours: the caller says so
  }
}

interface PageOf<Row, Item> {
  limit: number;
  toItem: (row: Row) => Item;
  keyOf: (row: Row) => Key;
  /** Where the search ended if it did so before the end of the list. */
  searchedTo?: Key | undefined;
}

/** A page of at most `limit` items from up to one row more, which tells that there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  { limit, toItem, keyOf, searchedTo }: PageOf<Row, Item>,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const end = rows.length > limit && last !== undefined ? keyOf(last) : searchedTo;
  return { data: shown.map(toItem), nextCursor: end ? toCursor(end) : null };
}
