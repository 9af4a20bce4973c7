// Copies files that the compiler does not know (styles, pictures) beside the built ones.
import { cpSync, existsSync } from "node:fs";

const [from = "", to = ""] = process.argv.slice(2);
if (existsSync(from)) cpSync(from, to, { recursive: true });
