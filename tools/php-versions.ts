/** Runs the plugin's files on the oldest and newest PHP that it is for, and on one that is too old. */
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { installPackage } from "../libs/events/test/install.ts";

/** PHP as WebAssembly, for which no operating system has to have packages. */
const builds = {
  "7.4": ["@php-wasm/node-7-4", "3.1.56"],
  "8.1": ["@php-wasm/node-8-1", "3.1.56"],
  "8.5": ["@php-wasm/node-8-5", "3.1.56"],
} as const;
type Version = keyof typeof builds;

interface Php {
  mkdirTree: (path: string) => void;
  writeFile: (path: string, text: string) => void;
  run: (request: { code: string }) => Promise<{ text: string; errors: string }>;
  exit: () => void;
}

/** @throws Error with what the oldest or newest PHP complains of */
export async function checkVersions(plugin: string): Promise<void> {
  for (const version of ["8.1", "8.5"] as const) {
    const said = await runOn(version, plugin, "load.php");
    if (said !== "") throw new Error(`PHP ${version} complains:\n${said}`);
  }
  const [hooks, notice] = (await runOn("7.4", plugin, "old.php")).split("\n");
  if (hooks !== "network_admin_notices" || !notice?.includes("needs PHP 8.1")) {
    throw new Error(`PHP 7.4 is not told what the plugin needs, and nothing else: ${hooks} ${notice}`);
  }
}

async function runOn(version: Version, plugin: string, script: string): Promise<string> {
  const php = await openPhp(version);
  try {
    for (const file of globSync("**/*.{php,json}", { cwd: plugin, exclude: ["tests/**", "bench/**"] })) {
      php.mkdirTree(dirname(`/plugin/${file}`));
      php.writeFile(`/plugin/${file}`, readFileSync(join(plugin, file), "utf8"));
    }
    const code = readFileSync(join(import.meta.dirname, "php-versions", script), "utf8");
    const { text, errors } = await php.run({ code });
    return `${errors}${text}`.trim();
  } finally {
    php.exit();
  }
}

async function openPhp(version: Version): Promise<Php> {
  const [name, exact] = builds[version];
  const { resolve } = createRequire(join(installPackage(name, exact), "package.json"));
  const load = (module: string): Promise<unknown> => import(pathToFileURL(resolve(module)).href);
  const { getPHPLoaderModule } = (await load(name)) as { getPHPLoaderModule: () => Promise<unknown> };
  const { PHP, loadPHPRuntime } = (await load("@php-wasm/universal")) as {
    PHP: new (runtime: unknown) => Php;
    loadPHPRuntime: (module: unknown) => Promise<unknown>;
  };
  return new PHP(await loadPHPRuntime(await getPHPLoaderModule()));
}
