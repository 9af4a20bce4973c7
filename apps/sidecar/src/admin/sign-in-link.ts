import { createHmac, randomBytes } from "node:crypto";
import { isSame } from "../api/auth.ts";
import type { Services } from "../services.ts";

const lifetimeMs = 3_600_000;

/**
 * Makes the address that signs one person in, once, within an hour. Whoever has it is let in: print it
 * to the operator's terminal only.
 */
export function createSignInLink({
  keys,
  publicUrl,
  now,
}: Pick<Services, "keys" | "publicUrl" | "now">): string {
  const claim = `${now().getTime() + lifetimeMs}.${randomBytes(16).toString("base64url")}`;
  return `${publicUrl}/admin/sign-in?link=${claim}.${mac(claim, keys.adminToken)}`;
}

/** Uses up the value of a link; false if it is forged, too old or was used before. */
export async function useSignInLink(value: string, { keys, store, now }: Services): Promise<boolean> {
  const [expires = "", nonce = "", signature = "", ...rest] = value.split(".");
  const claim = `${expires}.${nonce}`;
  if (rest.length > 0 || !isSame(signature, mac(claim, keys.adminToken))) return false;
  const expiresAt = new Date(Number(expires));
  if (expiresAt <= now()) return false;
  return store.useOnce(`sign-in-link:${nonce}`, expiresAt, now());
}

function mac(claim: string, adminToken: string): string {
  const key = createHmac("sha256", adminToken).update("sidehook sign-in link").digest();
  return createHmac("sha256", key).update(claim).digest("base64url");
}
