import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { acceptEvents } from "./api/accept.ts";
import { assertScope, findToken, identifyToken } from "./api/auth.ts";
import { assertJsonType, maxBodyBytes, parseJson } from "./api/body.ts";
import { problemOf, writeProblem } from "./api/problem.ts";
import type { Services } from "./services.ts";

const path = "/v1/events";

/**
 * What the server calls for each request. Events that are sent with a token, the one thing that comes thousands of
 * times a second, are taken straight from Node's request: the way through the app costs more than all the rest of it.
 * It is the app that answers everything else, and such requests too when anything is unusual about them.
 */
export function createListener(app: Hono, services: Services): RequestListener {
  const answerByApp = getRequestListener(app.fetch, { hostname: services.config.host });
  return (request, response) => {
    const token = findPlainToken(request);
    void (token ? answerEvents({ request, response, token }, services) : answerByApp(request, response));
  };
}

/** The token of a request that only wants its events taken; undefined if it takes more than that to read it. */
function findPlainToken({ method, url, headers }: IncomingMessage): string | undefined {
  if (method !== "POST" || url !== path) return undefined;
  const isTold = headers["content-length"] !== undefined && headers["transfer-encoding"] === undefined;
  if (!isTold || headers["content-encoding"] !== undefined) return undefined;
  return Number(headers["content-length"]) <= maxBodyBytes ? findToken(headers.authorization) : undefined;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  token: string;
}

async function answerEvents({ request, response, token }: Exchange, services: Services): Promise<void> {
  try {
    const caller = await identifyToken(token, services);
    assertScope(caller, "events:write");
    assertJsonType(request.headers["content-type"]);
    const receipt = await acceptEvents(parseJson(await readBody(request)), caller, services);
    send(response, 202, { headers: { "content-type": "application/json" }, body: JSON.stringify(receipt) });
  } catch (error) {
    if (request.errored) return; // whoever sent it has gone in the middle of it
    const problem = problemOf(error, { method: "POST", path }, services);
    send(response, problem.status, writeProblem(problem));
  }
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", reject);
  });
}

function send(
  response: ServerResponse,
  status: number,
  { headers, body }: { headers: Readonly<Record<string, string>>; body: string },
): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
}
