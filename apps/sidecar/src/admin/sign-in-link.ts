import { createHmac, randomBytes } from "node:crypto";
import { isSame } from "../api/auth.ts";
import type { Services } from "../services.ts";

interface SignInLink {
  /** Who will be signed in, as the log tells it. */
  signedInBy: string;
  lifetimeMs: number;
}

/** The link that is printed at the start is for whoever reads the terminal. */
const printed: SignInLink = { signedInBy: "link", lifetimeMs: 3_600_000 };

/**
 * Makes the address that signs one person in, once, within its lifetime. Whoever has it is let in: give it to that
 * person only.
 */
export function createSignInLink(
  { keys, publicUrl, now }: Pick<Services, "keys" | "publicUrl" | "now">,
  { signedInBy, lifetimeMs } = printed,
): string {
  const expires = now().getTime() + lifetimeMs;
  const nonce = randomBytes(16).toString("base64url");
  const claim = `${expires}.${nonce}.${Buffer.from(signedInBy).toString("base64url")}`;
  return `${publicUrl}/admin/sign-in?link=${claim}.${mac(claim, keys.adminToken)}`;
}

/** Uses up the value of a link and answers whom it is for; null if it is forged, too old or was used before. */
export async function useSignInLink(
  value: string,
  { keys, store, now }: Services,
): Promise<Pick<SignInLink, "signedInBy"> | null> {
  const [expires = "", nonce = "", name = "", signature = "", ...rest] = value.split(".");
  const claim = `${expires}.${nonce}.${name}`;
  if (rest.length > 0 || !isSame(signature, mac(claim, keys.adminToken))) return null;
  const expiresAt = new Date(Number(expires));
  if (expiresAt <= now()) return null;
  const isFirst = await store.useOnce(`sign-in-link:${nonce}`, expiresAt, now());
  return isFirst ? { signedInBy: Buffer.from(name, "base64url").toString() } : null;
}

function mac(claim: string, adminToken: string): string {
  const key = createHmac("sha256", adminToken).update("sidehook sign-in link").digest();
  return createHmac("sha256", key).update(claim).digest("base64url");
}
