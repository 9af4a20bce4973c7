// Plain Node: adds each new user of the network, with name and address, to a mailing list.
// Make a webhook with the URL of this server for the event User Created.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createMemoryStore, receiveOnce, statusOf, type ReceivedEvent } from "@sidehook/events/receiver";

export interface Settings {
  /** The webhook's secret. */
  secret: string;
  listUrl: string;
  listKey: string;
}

export function createMailingListServer(settings: Settings): Server {
  const store = createMemoryStore();
  return createServer((request, response) => void respond(request, response));

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await receiveOnce(request, { secrets: settings.secret, store }, (event) => addToList(event, settings));
      response.writeHead(204).end();
    } catch (error) {
      console.error(error);
      response.writeHead(statusOf(error)).end();
    }
  }
}

async function addToList(event: ReceivedEvent, { listUrl, listKey }: Settings): Promise<void> {
  if (event.type !== "wp_user_created" || event.isTest) return;
  const { email, display_name } = event.payload;
  const answer = await fetch(`${listUrl}/members`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${listKey}` },
    body: JSON.stringify({ email, name: display_name }),
    signal: AbortSignal.timeout(10_000),
  });
  // What is thrown is answered with 500, and Sidehook comes again.
  if (!answer.ok) throw new Error(`The list answered ${answer.status}.`);
}
