/** Who is meant by a request for their data: what WordPress knows of everybody who asks. At least one is given. */
export interface Person {
  /** In lower case. */
  email: string | null;
  /** Of their user in WordPress. */
  userId: number | null;
}

/** Tells whether texts name one person. */
export interface PersonMatcher {
  /** Their e-mail address stands in it, however deep it is encoded. */
  isNamedIn(text: string): boolean;
  /** So it does in this payload, or it has their user id where the id of a user or author belongs. */
  isSubjectOf(payload: string): boolean;
}

/** A body may hold JSON in JSON in JSON; nobody goes deeper. */
const maxLevels = 5;

export function matchPerson({ email, userId }: Person): PersonMatcher {
  const isNamedIn = email === null ? () => false : matchEmail(email);
  if (userId === null) return { isNamedIn, isSubjectOf: isNamedIn };
  const asUser = new RegExp(`"(?:\\w*_)?(?:user|author)_id"\\s*:\\s*"?${userId}"?\\s*[,}]`);
  return { isNamedIn, isSubjectOf: (payload) => asUser.test(payload) || isNamedIn(payload) };
}

/** `robin@example.com` is neither in `maxrobin@example.com` nor in `robin@example.com.au`: these are other people's. */
function matchEmail(email: string): (text: string) => boolean {
  const address = new RegExp(
    `(?<![\\p{L}\\p{N}_][._+-]{0,8})${escape(email)}(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`,
    "iu",
  );
  const quick = longestWord(email);
  return (text) => text.toLowerCase().includes(quick) && levelsOf(text).some((level) => address.test(level));
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

/** No encoding of texts changes plain letters and digits: what lacks this part of the address lacks all of it. */
function longestWord(email: string): string {
  const words = email.slice(0, email.lastIndexOf("@")).match(/[a-z0-9]+/g) ?? [];
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest), "");
}

/** A text as it is, and what it says if it is JSON, a query or HTML, again and again. */
function levelsOf(text: string): string[] {
  const levels: string[] = [];
  let level = text;
  for (let depth = 0; depth < maxLevels; depth++) {
    levels.push(level, withoutEntities(withoutPercents(level)));
    const next = withoutEscapes(level);
    if (next === level) break;
    level = next;
  }
  return levels;
}

/** Undoes one level of escapes of JSON; those for white space become a space. */
function withoutEscapes(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-f]{4})|(.))/gis,
    (_, code: string | undefined, letter: string = "") => {
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return /[bfnrt]/.test(letter) ? " " : letter;
    },
  );
}

function withoutPercents(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (codes) =>
    new TextDecoder().decode(Buffer.from(codes.replaceAll("%", ""), "hex")),
  );
}

function withoutEntities(text: string): string {
  return text.replaceAll(/&#(?:x([0-9a-f]{1,5})|(\d{1,6}));/gi, (_, hex?: string, decimal?: string) =>
    String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)),
  );
}
