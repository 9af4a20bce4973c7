// A process of its own that opens a store and closes it again: node open-store.ts <url>
import { openStore } from "../src/index.ts";

const now = () => new Date().getTime();
const store = await openStore({ url: process.argv[2] ?? "", now });
await store.checkWritable();
await store.close();
