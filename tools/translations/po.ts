/** One text with its translations, as a `.po` file has it. */
export interface Message {
  text: string;
  plural?: string;
  context?: string;
  /** Said to translators. */
  comment?: string;
  /** Files in which it stands. */
  places: readonly string[];
  /** One, or one for each plural form; empty if there are none. */
  translations: readonly string[];
}

/** Two texts with one key have one translation; also the key in a `.mo` file. */
export function keyOf({ text, context }: Pick<Message, "text" | "context">): string {
  return context === undefined ? text : `${context}\u0004${text}`;
}

/** @param language null for the template, which has no translations */
export function headerOf(language: string | null): string {
  const lines = [
    "Project-Id-Version: Sidehook",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
  ];
  if (language !== null) lines.push(`Language: ${language}`, `Plural-Forms: ${pluralForms(language)}`);
  return lines.map((line) => `${line}\n`).join("");
}

/** Two forms in all our languages; the first also for 0 in those that say so. */
function pluralForms(language: string): string {
  const isOneForZero = ["bn", "hi", "pa"].includes(language.slice(0, 2));
  return `nplurals=2; plural=(n ${isOneForZero ? "> 1" : "!= 1"});`;
}

export function printPo(language: string | null, messages: readonly Message[]): string {
  const head = `msgid ""\nmsgstr ${quote(headerOf(language))}\n`;
  return [head, ...messages.map((message) => printMessage(message))].join("\n");
}

function printMessage({ text, plural, context, comment, places, translations }: Message): string {
  const lines = [
    ...(comment === undefined ? [] : [`#. ${comment}`]),
    `#: ${places.join(" ")}`,
    ...(context === undefined ? [] : [`msgctxt ${quote(context)}`]),
    `msgid ${quote(text)}`,
  ];
  if (plural === undefined) lines.push(`msgstr ${quote(translations[0] ?? "")}`);
  else {
    lines.push(`msgid_plural ${quote(plural)}`);
    for (const form of [0, 1]) lines.push(`msgstr[${form}] ${quote(translations[form] ?? "")}`);
  }
  return `${lines.join("\n")}\n`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** Reads what `printPo` prints, and what programs for translators make of it. */
export function parsePo(po: string): Message[] {
  return po
    .split(/\n\s*\n/)
    .map(parseMessage)
    .filter(({ text }) => text !== "");
}

const field = /^(?:(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)\s+)?("(?:[^"\\]|\\.)*")\s*$/;

function parseMessage(block: string): Message {
  const fields: Partial<Record<string, string>> = {};
  let name = "";
  for (const line of block.split("\n")) {
    const [, begun, quoted] = field.exec(line) ?? [];
    if (quoted === undefined) continue;
    name = begun ?? name;
    fields[name] = (fields[name] ?? "") + (JSON.parse(quoted) as string);
  }
  const translations = ["msgstr", "msgstr[0]", "msgstr[1]"].flatMap((key) => fields[key] ?? []);
  return {
    text: fields["msgid"] ?? "",
    ...(fields["msgctxt"] === undefined ? {} : { context: fields["msgctxt"] }),
    places: [],
    translations: translations.filter((each) => each !== ""),
  };
}
