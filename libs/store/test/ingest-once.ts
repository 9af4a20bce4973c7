// A process of its own that accepts one event: node ingest-once.ts <url>
import { createIdSource } from "@sidehook/events";
import { openStore } from "../src/index.ts";

const now = () => new Date().getTime();
const store = await openStore({ url: process.argv[2] ?? "", now });
const event = { type: "a", occurredAt: new Date().toISOString(), payload: "{}", context: {} };
await store.ingestEvents([{ id: createIdSource(now)("evt"), ...event }], new Date());
await store.close();
