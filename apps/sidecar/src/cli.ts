#!/usr/bin/env node
import { runCommand } from "./commands.ts";

process.exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  now: Date.now,
  print: (line) => console.log(line),
  warn: (line) => console.error(line),
});
