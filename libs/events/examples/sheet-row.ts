// Express: writes a line into a spreadsheet for each new site. The handler takes what Express gives:
//
//   const app = express();
//   app.post("/sidehook", createSheetHandler(settings)); // before any express.json()
//
// If something else must read the body first, let it be express.raw({ type: "*/*" }), and give `body: request.body`.
import type { IncomingMessage, ServerResponse } from "node:http";
import { createMemoryStore, receiveOnce, statusOf, type ReceivedEvent } from "@sidehook/events/receiver";

export interface Settings {
  /** The webhook's secret. */
  secret: string;
  /** Such as https://sheets.googleapis.com/v4/spreadsheets/<id>. */
  sheetUrl: string;
  /** Answers an access token that is valid now. */
  token: () => Promise<string>;
}

export function createSheetHandler(settings: Settings) {
  const store = createMemoryStore();
  return async (request: IncomingMessage & { body?: unknown }, response: ServerResponse): Promise<void> => {
    const body = request.body instanceof Uint8Array ? { body: request.body } : {};
    try {
      await receiveOnce(request, { secrets: settings.secret, store, ...body }, (event) =>
        appendRow(event, settings),
      );
      response.writeHead(204).end();
    } catch (error) {
      console.error(error);
      response.writeHead(statusOf(error)).end();
    }
  };
}

async function appendRow(event: ReceivedEvent, { sheetUrl, token }: Settings): Promise<void> {
  if (event.type !== "wp_site_created") return;
  const { site_id, title, url, registered } = event.payload;
  // RAW: a title that begins with = must not become a formula.
  const answer = await fetch(`${sheetUrl}/values/Sites:append?valueInputOption=RAW`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${await token()}` },
    body: JSON.stringify({ values: [[site_id, title, url, registered]] }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`The spreadsheet answered ${answer.status}.`);
}
