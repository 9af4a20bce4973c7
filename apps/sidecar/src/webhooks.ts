import type { Webhook } from "@sidehook/delivery";
import type { Store } from "@sidehook/store";

/** Reads the pages of the list one after the other; there are hundreds of webhooks, not millions. */
export async function listAllWebhooks(store: Pick<Store, "listWebhooks">): Promise<Webhook[]> {
  const webhooks: Webhook[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await store.listWebhooks({ limit: 200, cursor: cursor ?? undefined });
    webhooks.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return webhooks;
}
