import type { Sidecar } from "./sidecar.ts";

/** Makes a webhook through the API, as a program would; answers its id and secret. */
export async function createWebhook(
  sidecar: Pick<Sidecar, "call">,
  { url, events, name = "Receiver" }: { url: string; events: readonly string[]; name?: string },
): Promise<{ id: string; secret: string }> {
  const { status, body } = await sidecar.call("POST", "/v1/webhooks", { name, url, events });
  if (status !== 201) throw new Error(`the webhook was not made: ${JSON.stringify(body)}`);
  return body as { id: string; secret: string };
}

/** The setting that opens a receiver on loopback, and nothing beside it. */
export function allow(receiver: { url: string }): { SIDEHOOK_ALLOW: string } {
  return { SIDEHOOK_ALLOW: new URL(receiver.url).host };
}
