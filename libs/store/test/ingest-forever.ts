// A process of its own that accepts events until it is killed, and prints the id of each once it has been
// acknowledged: node ingest-forever.ts <url>
import { writeSync } from "node:fs";
import { createIdSource } from "@sidehook/events";
import { openStore } from "../src/index.ts";

const now = () => new Date().getTime();
const store = await openStore({ url: process.argv[2] ?? "", now });
const newId = createIdSource(now);

async function ingestForever(): Promise<never> {
  for (;;) {
    const id = newId("evt");
    const event = { id, type: "a", occurredAt: new Date().toISOString(), payload: "{}", context: {} };
    await store.ingestEvents([event], new Date());
    writeSync(1, `${id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, ingestForever));
