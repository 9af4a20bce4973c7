import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { curlCommand } from "./curl.ts";

const run = promisify(execFile);

test("a command means to a shell exactly what was sent, whatever is in it", async () => {
  const body = `{"a":"it's \\"$HOME\\" \`id\` \\\\n","b":"@file\n❤"}`;
  const request = {
    method: "POST",
    url: "https://receiver.example/in?a=1&b='x'",
    headers: { "x-own": "a 'quoted' $VALUE" },
    body,
  } as const;
  // printf stands in for curl: it prints each argument as the shell hands it over.
  const script = curlCommand(request).replace(/^curl/, String.raw`printf '%s\0'`);
  const { stdout } = await run("sh", ["-c", script]);
  expect(stdout.split("\0").slice(0, -1)).toEqual([
    "-i",
    "-X",
    "POST",
    request.url,
    "-H",
    "x-own: a 'quoted' $VALUE",
    "--data-raw",
    body,
  ]);
});
