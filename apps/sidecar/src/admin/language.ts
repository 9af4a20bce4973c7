import { IntlMessageFormat } from "intl-messageformat";
import { bn } from "./locales/bn.ts";
import { en, type MessageKey, type Messages } from "./locales/en.ts";
import { hi } from "./locales/hi.ts";
import { ml } from "./locales/ml.ts";
import { pa } from "./locales/pa.ts";
import { te } from "./locales/te.ts";

/** Every language of the pages, by its BCP 47 tag. A new one is one file and one line here. */
const written = { en, bn, hi, ml, pa, te } satisfies Record<string, Messages>;

/**
 * English from right to left, each word turned around: nobody is offered it, but asking for it shows that a page would
 * bear such a language. What stays readable is no message.
 */
const mirrored = "ar-XB";
const languages = { ...written, [mirrored]: en };
type Language = keyof typeof languages;

const rightToLeft = new Set(["ar", "he", "fa", "ur"]);

/** What a person may choose from, each by its own name. */
export const languageNames: ReadonlyMap<string, string> = new Map(
  Object.keys(written).map((tag) => [tag, new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag]),
);

/** Keeps what a person has chosen in the browser. */
export const languageCookie = "sidehook_language";

type MessageValues = Readonly<Record<string, string | number>>;

/** Says a message of the catalog in the language of the request. */
export type Translate = (key: MessageKey, values?: MessageValues) => string;

export interface Speech {
  /** BCP 47, for `lang` and for `Intl`. */
  language: string;
  direction: "ltr" | "rtl";
  t: Translate;
}

/**
 * Picks the language of a request from its `Accept-Language`; English if none fits.
 *
 * @example chooseSpeech("pt-BR,en;q=0.8").t("nav.webhooks") // "Webhooks"
 */
export function chooseSpeech(acceptLanguage: string | undefined): Speech {
  const language = preferences(acceptLanguage).map(findLanguage).find(isFound) ?? "en";
  return {
    language,
    direction: rightToLeft.has(language.split("-")[0] ?? "") ? "rtl" : "ltr",
    t: (key, values) => format(language, key, values),
  };
}

function preferences(header = ""): string[] {
  return header
    .split(",")
    .map((item) => {
      const [tag = "", quality] = item.trim().split(";q=", 2);
      return { tag: tag.toLowerCase(), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ tag, quality }) => tag !== "" && quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag);
}

function findLanguage(tag: string): Language | undefined {
  const known = Object.keys(languages) as Language[];
  return known.find((name) => name.toLowerCase() === tag) ?? known.find((name) => name === tag.split("-")[0]);
}

function isFound<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** Parsing a message costs far more than saying it. */
const formats = new Map<string, IntlMessageFormat>();

function format(language: Language, key: MessageKey, values: MessageValues | undefined): string {
  const id = `${language} ${key}`;
  const known = formats.get(id) ?? parse(language, languages[language][key]);
  formats.set(id, known);
  return String(known.format(values));
}

function parse(language: Language, message: string): IntlMessageFormat {
  const format = new IntlMessageFormat(message, language);
  return language === mirrored ? new IntlMessageFormat(mirrorWords(format.getAst()), language) : format;
}

type Elements = ReturnType<IntlMessageFormat["getAst"]>;

/** What is filled in stays as it is. */
function mirrorWords(elements: Elements): Elements {
  return elements.map((element) => {
    if ("options" in element) {
      const options = Object.entries(element.options).map(([name, { value, ...rest }]) => {
        return [name, { ...rest, value: mirrorWords(value) }] as const;
      });
      return { ...element, options: Object.fromEntries(options) };
    }
    const kind: number = element.type;
    return kind === literal && "value" in element ? { ...element, value: mirror(element.value) } : element;
  });
}

/** Of an element, in the parser's counting. */
const literal = 0;

/** Between the marks for an override from right to left, and its end. */
function mirror(text: string): string {
  return text.replaceAll(/\S+/g, "\u202e$&\u202c");
}
