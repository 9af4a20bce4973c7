import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { embedStyles } from "./embedded-styles.ts";

interface Asset {
  /** File name with a hash of its content, so that it may be cached for ever. */
  name: string;
  type: string;
  content: string;
}

function load(name: string, type: string): Asset {
  return toAsset(name, type, read(name));
}

function read(name: string): string {
  return readFileSync(new URL(`./assets/${name}`, import.meta.url), "utf8");
}

function toAsset(name: string, type: string, content: string): Asset {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return { name: name.replace(".", `.${hash}.`), type, content };
}

/** Served from memory under `/admin/assets/`, the only files there are. */
export const assets = {
  styles: toAsset("admin.css", "text/css; charset=utf-8", read("admin.css") + read("log.css")),
  /** The same inside WordPress. */
  embeddedStyles: toAsset(
    "embedded.css",
    "text/css; charset=utf-8",
    embedStyles(read("admin.css") + read("log.css") + read("embedded.css")),
  ),
  script: toAsset("admin.js", "text/javascript; charset=utf-8", read("admin.js") + read("live.js")),
  icon: load("icon.svg", "image/svg+xml"),
} as const;

export function findAsset(name: string): Asset | undefined {
  return Object.values(assets).find((asset) => asset.name === name);
}
