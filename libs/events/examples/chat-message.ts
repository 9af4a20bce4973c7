// Next.js: app/api/sidehook/route.ts, a route handler that tells a channel of Slack about payments.
// Make a webhook for Payment Received, Recurring Payment Failed and Payment Refunded.
import { createMemoryStore, receiveOnce, statusOf, type ReceivedEvent } from "@sidehook/events/receiver";

// One process only. Where every request may meet another one, give a store that all of them share.
const store = createMemoryStore();

export async function POST(request: Request): Promise<Response> {
  try {
    await receiveOnce(request, { secrets: setting("SIDEHOOK_SECRET"), store }, tellChannel);
    return new Response(null, { status: 204 });
  } catch (error) {
    console.error(error);
    return new Response(null, { status: statusOf(error) });
  }
}

async function tellChannel(event: ReceivedEvent): Promise<void> {
  const text = sentence(event);
  if (text === undefined) return;
  const answer = await fetch(setting("CHAT_URL"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: event.isTest ? `[test] ${text}` : text }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`The channel answered ${answer.status}.`);
}

function sentence(event: ReceivedEvent): string | undefined {
  switch (event.type) {
    case "payment_received":
      return `${event.payload.customer_name ?? "Somebody"} paid ${event.payload.payment_total}.`;
    case "payment_failed":
      return `A payment of ${event.payload.customer_name ?? "somebody"} failed at ${event.payload.payment_gateway}.`;
    case "payment_refunded":
      return `${event.normalized.refund_total} of payment ${event.normalized.payment_id} was given back.`;
    default:
      return undefined;
  }
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}
