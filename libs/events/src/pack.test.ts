import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installPackage } from "../test/install.ts";
import { eventTypes } from "./index.ts";

const library = dirname(import.meta.dirname);
const root = dirname(dirname(library));
/** Beside the one of the workspace the last of those before it, which many programs still have. */
const compilers = {
  "TypeScript 7": () => join(root, "node_modules/typescript"),
  "TypeScript 5.9": () => installPackage("typescript", "5.9.3"),
} as const;
type Compiler = keyof typeof compilers;

const folder = mkdtempSync(join(tmpdir(), "sidehook-events-"));
const consumer = join(folder, "consumer");
const installed = join(consumer, "node_modules/@sidehook/events");

beforeAll(() => {
  compilers["TypeScript 5.9"]();
  pack();
  mkdirSync(installed, { recursive: true });
  const tarball = globSync("*.tgz", { cwd: folder })[0] ?? "";
  run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  cpSync(join(library, "fixtures/consumer.ts"), join(consumer, "consumer.ts"));
  writeFileSync(join(consumer, "package.json"), '{ "type": "module" }');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** Builds and packs a copy, so that nobody who uses `dist` just now is disturbed. */
function pack(): void {
  const copy = join(folder, "copy");
  for (const name of ["package.json", "README.md", "src"]) {
    cpSync(join(library, name), join(copy, name), { recursive: true });
  }
  const withoutNotes = ["--composite", "false", "--incremental", "false"];
  run("node", [tsc("TypeScript 7"), "-p", library, "--outDir", join(copy, "dist"), ...withoutNotes]);
  run("node", [join(root, "tools/generate-documents.ts")], copy);
  run("npm", ["pack", "--pack-destination", folder], copy);
}

describe("the package", () => {
  it("holds what is imported and what it was made from; no maps, no notes of the compiler, no tests", () => {
    const files = globSync("**/*.*", { cwd: installed, exclude: ["**/*.js", "**/*.ts"] });
    const schemas = eventTypes.map(({ type }) => `dist/schemas/${type}.json`);
    const others = ["README.md", "package.json", "dist/asyncapi.json", "dist/openapi.json"];
    expect(files.toSorted()).toEqual([...others, ...schemas].toSorted());
    expect(globSync("**/*.test.*", { cwd: installed })).toEqual([]);
  });

  it("has every file that its exports name", () => {
    const { exports } = readJson(join(installed, "package.json")) as {
      exports: Record<string, object | string>;
    };
    const targets = Object.values(exports).flatMap((entry): string[] =>
      typeof entry === "string" ? [entry] : Object.values(entry),
    );
    expect(targets.filter((target) => globSync(target, { cwd: installed }).length === 0)).toEqual([]);
  });

  it("imports nothing in its types but itself", () => {
    const types = globSync("dist/**/*.d.ts", { cwd: installed });
    const imports = types.flatMap((file) => {
      const text = readFileSync(join(installed, file), "utf8");
      return [...text.matchAll(/(?:from|import\(|types=|path=)\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
    });
    expect(imports.length).toBeGreaterThan(10);
    expect(imports.filter((name) => !name.startsWith("."))).toEqual([]);
  });

  it("is what publint calls good", () => {
    expect(run("node", [join(root, "node_modules/publint/src/cli.js"), "--strict"], installed)).toContain(
      "All good!",
    );
  });

  it("runs", () => {
    expect(run("node", ["consumer.ts"], consumer)).toBe("29.90 2026-11-21T23:45:34Z object\n");
  });
});

/** Strict, and without the types of Node: the package must need none. */
const options = {
  target: "es2022",
  lib: ["es2022", "dom"],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  resolveJsonModule: true,
  noEmit: true,
};

// Compilers take seconds, and a busy machine more.
describe.each(Object.keys(compilers) as Compiler[])("%s", { timeout: 60_000 }, (compiler) => {
  it.each([
    ["nodenext", "nodenext"],
    ["bundler", "esnext"],
  ])("compiles a program that uses it, with moduleResolution %s", (moduleResolution, module) => {
    expect(compile(compiler, { ...options, moduleResolution, module }, "consumer.ts")).toBe("");
  });

  it("compiles the example of the README, with the types of Node", () => {
    const [, example = ""] = /```ts\n(.+?)```/s.exec(readFileSync(join(library, "README.md"), "utf8")) ?? [];
    writeFileSync(join(consumer, "readme.ts"), example);
    const ofNode = { lib: ["es2024"], types: ["node"], typeRoots: [join(root, "node_modules/@types")] };
    // What is wrong inside of those types is not ours.
    const mine = { ...options, ...ofNode, skipLibCheck: true, module: "nodenext" };
    expect(example.split("\n").length).toBeGreaterThan(15);
    expect(compile(compiler, mine, "readme.ts")).toBe("");
  });
});

/** Answers what the compiler printed: nothing. */
function compile(compiler: Compiler, compilerOptions: object, file: string): string {
  writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
  return run("node", [tsc(compiler), "-p", consumer]);
}

function tsc(compiler: Compiler): string {
  return join(compilers[compiler](), "bin/tsc");
}

/**
 * Answers what the program printed.
 *
 * @throws Error with all it said when it failed
 */
function run(program: string, args: readonly string[], cwd = folder): string {
  return execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
