import { createContext, useContext } from "hono/jsx";
import type { Session } from "@sidehook/store";
import type { Embedding } from "./embedded.ts";
import type { MessageKey } from "./locales/en.ts";
import type { Speech } from "./language.ts";

export type Query = Readonly<Record<string, string | number | null | undefined>>;

/** One entry of the navigation. `path` is that of the page below `/admin`. */
interface NavigationItem {
  path: string;
  label: MessageKey;
}

/** What every component may know about the request it is rendered for. */
export interface View extends Speech {
  now: Date;
  /** Of the reader, as the script has told it by a cookie; UTC until then. */
  timeZone: string;
  /** Null on the sign-in page. */
  session: Session | null;
  /** Null in a browser window of their own; else how WordPress shows the pages around which it puts its own frame. */
  embedding: Embedding | null;
  /** Below `/admin`, such as `/webhooks/new`. */
  path: string;
  navigation: readonly NavigationItem[];
  /** Result of the action that led here. */
  notice: MessageKey | null;
  /**
   * Address of a page or asset. All links are made here, so that the same pages can be served under another base.
   *
   * @example link("/deliveries", { state: "failed" }) // "/admin/deliveries?state=failed"
   */
  link: (path: string, query?: Query) => string;
}

export const ViewContext = createContext<View | null>(null);

export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) throw new Error("a component was rendered outside of a page");
  return view;
}

/** Answers the function that makes links below `base`, such as `/admin`. */
export function createLink(base: string): View["link"] {
  return (path, query = {}) => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
    }
    return `${base}${path}${search.size > 0 ? "?" : ""}${search.toString()}`;
  };
}

/** The same where the path is a parameter of another page's address: `…/admin.php?page=sidehook&path=`. */
export function createEmbeddedLink(base: string): View["link"] {
  return (path, query = {}) => {
    const [place = "", fragment] = path.split("#", 2);
    const [, search = ""] = createLink("")("", query).split("?");
    const name = encodeURIComponent(place).replaceAll("%2F", "/");
    return [base, name, search && `&${search}`, fragment === undefined ? "" : `#${fragment}`].join("");
  };
}

/** Where the pages are reached from outside: the path of the public URL, then `/admin`. */
export function basePath(publicUrl: string): string {
  return `${new URL(publicUrl).pathname.replace(/\/$/, "")}/admin`;
}
