// A process of its own that advances replays until it is killed, and says so after each turn:
// node replay-forever.ts <url>
import { writeSync } from "node:fs";
import { openStore } from "../src/index.ts";

const now = () => new Date().getTime();
const store = await openStore({ url: process.argv[2] ?? "", now });

while (await store.advanceReplay(new Date())) writeSync(1, "turn\n");
