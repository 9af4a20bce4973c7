import { isIP } from "node:net";
import { createAddressGuard, parseAllowList } from "@sidehook/delivery";
import type { Services } from "../../services.ts";
import { useView } from "../view.ts";
import { Literal } from "./code.tsx";

/** A webhook's URL without user name and password: the mark says that there are some. */
export function Endpoint({ url }: { url: string }) {
  const { t } = useView();
  const { shown, hasCredentials } = withoutCredentials(url);
  return (
    <>
      <Literal text={shown} />
      {hasCredentials && <span class="mark">{t("url.credentials")}</span>}
    </>
  );
}

function withoutCredentials(text: string): { shown: string; hasCredentials: boolean } {
  const url = new URL(text);
  const hasCredentials = url.username !== "" || url.password !== "";
  if (!hasCredentials) return { shown: text, hasCredentials };
  url.username = "";
  url.password = "";
  return { shown: url.href, hasCredentials };
}

export type UrlWarning = { kind: "plain" } | { kind: "refused" | "metadata"; address: string };

/** What it refuses stays refused whatever is allowed: credentials of a whole machine can be had there. */
const widestGuard = createAddressGuard({ allow: parseAllowList("0.0.0.0/0,[::/0]") });

/**
 * What an admin should know about a URL that is accepted all the same. Names are not resolved here: what counts is
 * the address at the time of each attempt.
 */
export function findUrlWarning(
  text: string,
  { config, publicUrl }: Pick<Services, "config" | "publicUrl">,
): UrlWarning | null {
  const url = URL.parse(text);
  if (!url || text.startsWith(`${publicUrl}/bin/`)) return null;
  const address = addressOf(url.hostname);
  const port = Number(url.port) || (url.protocol === "http:" ? 80 : 443);
  if (address !== null && createAddressGuard({ allow: config.allow }).findRefusal(address, port)) {
    return { kind: widestGuard.findRefusal(address, port) ? "metadata" : "refused", address };
  }
  const isPrivate =
    address !== null && createAddressGuard({ allow: [] }).findRefusal(address, port) !== undefined;
  return url.protocol === "http:" && !isPrivate ? { kind: "plain" } : null;
}

function addressOf(hostname: string): string | null {
  if (hostname === "localhost" || hostname.endsWith(".localhost")) return "127.0.0.1";
  const bare = hostname.replace(/^\[|\]$/g, "");
  return isIP(bare) === 0 ? null : bare;
}

export function UrlWarningNotice({ warning }: { warning: UrlWarning | null }) {
  const { t } = useView();
  if (!warning) return null;
  return (
    <div class="notice warning">
      <p>
        {warning.kind === "plain" ? t("url.plain") : t(`url.${warning.kind}`, { address: warning.address })}
      </p>
    </div>
  );
}
