// A process of its own that moves a database, and prints how far it is: node transfer-once.ts <"from to">
import { writeSync } from "node:fs";
import { transferStore } from "../src/index.ts";

const [from = "", to = ""] = (process.argv[2] ?? "").split(" ");
const now = () => new Date().getTime();
await transferStore({ from, to, now, tell: (text) => void writeSync(1, `${text}\n`) });
