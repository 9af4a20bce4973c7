// Writes what other programs read of the catalog into the package: a JSON Schema for each payload, an OpenAPI document
// and an AsyncAPI document. Run by the build of libs/events, in its folder.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { buildAsyncApi, buildOpenApiWebhooks, eventTypes, payloadSchema } from "../libs/events/src/index.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
const info = { title: "Events of Sidehook", version };

// An event type that is gone must not leave its schema behind.
rmSync("dist/schemas", { recursive: true, force: true });
mkdirSync("dist/schemas", { recursive: true });
for (const eventType of eventTypes) write(`schemas/${eventType.type}.json`, payloadSchema(eventType));
write("openapi.json", { openapi: "3.1.0", info, ...buildOpenApiWebhooks() });
write("asyncapi.json", buildAsyncApi({ version }));

function write(path: string, document: object): void {
  writeFileSync(`dist/${path}`, `${JSON.stringify(document, null, 2)}\n`);
}
