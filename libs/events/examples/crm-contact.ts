// Hono: keeps the customers of Ultimate Multisite as contacts of a CRM, one for each customer.
// Make a webhook for Customer Created, Customer Updated and Customer Deleted.
import { Hono } from "hono";
import { createMemoryStore, receiveOnce, statusOf, type ReceivedEvent } from "@sidehook/events/receiver";

export interface Settings {
  /** The webhook's secret. */
  secret: string;
  crmUrl: string;
}

export function createCrmApp(settings: Settings): Hono {
  const store = createMemoryStore();
  const app = new Hono();
  app.post("/sidehook", async (context) => {
    await receiveOnce(context.req.raw, { secrets: settings.secret, store }, (event) => keep(event, settings));
    return context.body(null, 204);
  });
  app.onError((error) => new Response(error.message, { status: statusOf(error) }));
  return app;
}

async function keep(event: ReceivedEvent, { crmUrl }: Settings): Promise<void> {
  switch (event.type) {
    case "customer_created":
    case "customer_updated": {
      const { customer_id, customer_name, customer_user_email, company_name } = event.normalized;
      const contact = { name: customer_name, email: customer_user_email, company: company_name };
      await send("PUT", `${crmUrl}/contacts/${customer_id}`, contact);
      break;
    }
    case "customer_deleted":
      await send("DELETE", `${crmUrl}/contacts/${event.normalized.customer_id}`);
      break;
    default: // another event of the same webhook is received and does nothing
  }
}

async function send(method: string, url: string, body?: object): Promise<void> {
  const answer = await fetch(url, {
    method,
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`The CRM answered ${answer.status}.`);
}
