// A sidecar for the plugin's tests: answers as the HTTP contract says, and as each test tells it to.
//
//   node stand-in.mjs <bridge key>        prints the port it listens on
//   POST /control  { "answer": "busy" }   how it answers from now on; forgets what it has received
//   GET  /control                         what it has received since
//
// It checks signatures by itself: a mistake in the plugin's own code must not confirm itself.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const key = Buffer.from(process.argv[2].replace(/^whsec_/, ""), "base64");
const toleranceSeconds = 300;
const maxEvents = 500;

let control = { answer: "accept" };
let requests = [];
let knownEvents = new Set();
let hanging = [];
const knownRequests = new Set();

const answers = {
  accept: (events, response) => send(response, 202, accepted(events)),
  busy: (_, response) => send(response, 503, problem("busy"), { "retry-after": String(control.retryAfter ?? 7) }),
  broken: (_, response) => send(response, 500, problem("broken")),
  silent: (_, response) => send(response, 202, {}),
  small: (events, response) =>
    events.length > control.maxEvents
      ? send(response, 413, problem("too many"))
      : send(response, 202, accepted(events)),
};

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => handle(request, Buffer.concat(chunks), response));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
// The tests hold our standard input open: when they end, however they end, so do we.
process.stdin.resume().on("end", () => process.exit(0));

function handle(request, body, response) {
  if (request.url === "/control") return handleControl(request, body, response);
  const { method, url, headers } = request;
  requests.push({ method, url, headers, body: body.toString("utf8"), isSigned: isSigned(headers, body) });
  if (control.answer === "hang") return void hanging.push(response);
  if (url === "/readyz") return send(response, 200, { status: "ready" });
  if (!requests.at(-1).isSigned) return send(response, 401, problem("the signature does not match"));
  if (url === "/v1/bridge") return send(response, 200, { wanted: control.wanted, archive: control.archive, version: "0.1.0" });
  if (url.startsWith("/admin/embedded")) return sendPage(response);
  if (url.startsWith("/v1/privacy/")) return sendPrivacy(url, JSON.parse(body.toString("utf8")), response);
  if (method === "POST" && url === "/v1/events") {
    const { events } = JSON.parse(body.toString("utf8"));
    if (!Array.isArray(events) || events.length > maxEvents) return send(response, 413, problem("too many"));
    return answers[control.answer](events, response);
  }
  const prepared = control.prepared?.[url];
  send(response, prepared ? 200 : 404, prepared ?? problem("not here"));
}

function handleControl(request, body, response) {
  if (request.method === "POST") {
    control = { answer: "accept", ...JSON.parse(body.toString("utf8")) };
    requests = [];
    knownEvents = new Set();
    for (const response of hanging) response.destroy();
    hanging = [];
  }
  send(response, 200, { requests });
}

/** Says nothing of what is wanted unless a test does: then everything is recorded. */
function accepted(events) {
  return { results: events.map(judge), wanted: control.wanted };
}

function judge({ id, type, payload }) {
  if (control.reject?.includes(type)) {
    return { id, status: "rejected", problems: [{ path: "payload", message: "must be nicer" }] };
  }
  if (typeof payload !== "string") return { id, status: "rejected", problems: [{ path: "payload", message: "must be text" }] };
  if (knownEvents.has(id)) return { id, status: "duplicate" };
  knownEvents.add(id);
  return { id, status: "accepted" };
}

function isSigned(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = headers;
  if (!id || !timestamp || !signature || knownRequests.has(id)) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > toleranceSeconds) return false;
  knownRequests.add(id);
  const expected = `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")}`;
  return signature.length === expected.length && timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
}

/** One call for each answer in `{ "privacy": [ … ] }`; `nextCursor` is the number of the next. */
function sendPrivacy(url, { cursor }, response) {
  if (control.answer === "broken") return send(response, 500, problem("broken"));
  const parts = control.privacy ?? [url.endsWith("export") ? { data: [] } : { erased: { events: 0 }, webhooks: [] }];
  const at = Number(cursor ?? 0);
  send(response, 200, { ...parts[at], nextCursor: at + 1 < parts.length ? String(at + 1) : null });
}

/** A page of the sidecar as the bridge gets it: `{ "page": { status, headers, body } }` says which. */
function sendPage(response) {
  const { status = 200, headers = {}, body = '<div id="sidehook"><h1>Stand-in</h1></div>' } = control.page ?? {};
  response.writeHead(status, { "content-type": "text/html; charset=UTF-8", "sidehook-page": "1", ...headers });
  response.end(body);
}

function problem(detail) {
  return { type: "about:blank", title: "Refused", detail };
}

function send(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
