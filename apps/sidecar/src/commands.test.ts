import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@sidehook/store";
import { expect, it, onTestFinished } from "vitest";
import { runCommand } from "./commands.ts";

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sidehook-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const said = { output: "", errors: "" };
  const code = await runCommand(args, {
    env,
    now: Date.now,
    print: (line) => void (said.output += `${line}\n`),
    warn: (line) => void (said.errors += `${line}\n`),
  });
  return { code, ...said };
}

it("explains itself", async () => {
  for (const args of [[], ["--help"], ["help"]]) {
    expect(await run(args)).toMatchObject({
      code: 0,
      output: expect.stringContaining("sidehook backup --to"),
    });
  }
  expect(await run(["restore", "--help"])).toMatchObject({
    code: 0,
    output: expect.stringContaining("--from <file>"),
  });
  expect((await run(["--version"])).output).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it.each([
  [["fly"], "There is no command fly."],
  [["constructor"], "There is no command constructor."],
  [["backup"], "--to is missing."],
  [["backup", "--to", ""], "--to is missing."],
  [["backup", "--where", "x"], "Unknown option '--where'"],
  [["restore", "x"], "does not take positional arguments"],
  [["migrate-store", "--from", "sqlite:x"], "--to is missing."],
])("ends with 2 and does nothing for %j", async (args, problem) => {
  const { code, output, errors } = await run(args);
  expect({ code, output }).toEqual({ code: 2, output: "" });
  expect(errors).toContain(problem);
  expect(errors).toContain("Usage: sidehook");
});

it("backs up a database that is in use, and restores it elsewhere", async () => {
  const folder = makeFolder();
  const env = { SIDEHOOK_DATA_DIR: folder };
  const file = join(folder, "backup.db");
  const store = await openStore({ url: `sqlite:${join(folder, "sidehook.db")}`, now: Date.now });
  const bin = await store.createBin("kept", new Date());
  expect(await run(["backup", "--to", file], env)).toMatchObject({ code: 0, errors: "" });
  const again = await run(["backup", "--to", file], env);
  expect(again).toMatchObject({ code: 1, errors: `It did not work: ${file} exists already.\n` });
  await store.close();

  expect((await run(["restore", "--from", file], env)).errors).toContain("--force");
  const { code, output } = await run(["restore", "--from", file, "--force"], env);
  expect(code).toBe(0);
  expect(output).toContain("sidehook.db.before-restore");
  const restored = await openStore({ url: `sqlite:${join(folder, "sidehook.db")}`, now: Date.now });
  expect((await restored.getBin(bin.id)).name).toBe("kept");
  await restored.close();
});

it("prints the command that backs up Postgres, and never a password", async () => {
  const url = "postgres://me:hunter2@127.0.0.1:1/hooks";
  const { code, output, errors } = await run(["backup", "--to", "it's.dump"], { SIDEHOOK_DATABASE_URL: url });
  expect(code).toBe(1);
  expect(output).toBe(
    String.raw`pg_dump --format=custom --file='it'\''s.dump' 'postgres://me@127.0.0.1:1/hooks'` + "\n",
  );
  const other = await run(["migrate-store", "--from", url, "--to", url]);
  const unknown = await run(["migrate-store", `--${url}`]);
  expect(`${errors}${other.errors}${unknown.errors}${unknown.output}`).not.toContain("hunter2");
  expect(other).toMatchObject({ code: 1, output: "" });
});

it("says in plain words what is wrong with settings and files", async () => {
  const folder = makeFolder();
  const bad = await run(["backup", "--to", "x"], { SIDEHOOK_PORT: "many" });
  expect(bad).toMatchObject({
    code: 1,
    errors: expect.stringContaining("SIDEHOOK_PORT must be a whole number"),
  });
  const none = await run(["backup", "--to", join(folder, "x")], { SIDEHOOK_DATA_DIR: folder });
  expect(none.errors).toBe(`It did not work: there is no database at ${join(folder, "sidehook.db")}.\n`);
  expect(existsSync(join(folder, "sidehook.db"))).toBe(false);
});

it("examines a service beside it: in lines for people, in JSON for programs, and ends with 1 where it is broken", async () => {
  const folder = makeFolder();
  const env = { SIDEHOOK_DATA_DIR: folder };
  expect(await run(["doctor"], env)).toMatchObject({
    code: 1,
    output: "",
    errors: expect.stringContaining("There is no database"),
  });
  const store = await openStore({ url: `sqlite:${join(folder, "sidehook.db")}`, now: Date.now });
  const lines = await run(["doctor"], env);
  expect(lines).toMatchObject({ code: 0, errors: "" });
  expect(lines.output).toMatch(/^ok +The database can be read and written\.\n/);
  expect(lines.output).toMatch(/^warning +WordPress was never heard\./m);
  expect(JSON.parse((await run(["doctor", "--json"], env)).output)).toMatchObject({ state: "warning" });
  await store.close();
});
