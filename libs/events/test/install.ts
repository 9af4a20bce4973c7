import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";

const cache = join(dirname(dirname(dirname(import.meta.dirname))), ".cache");

/**
 * Installs a package that only a test needs, once for this checkout, and answers its folder. Outside of the workspace:
 * there an older TypeScript would take over the command `tsc`, and everybody who runs the service would install it all.
 *
 * @example installPackage("express", "5.3.0") // "/…/.cache/express-5.3.0/node_modules/express"
 */
export function installPackage(name: string, version: string): string {
  const folder = join(cache, `${name}-${version}`);
  if (!existsSync(folder)) {
    mkdirSync(dirname(folder), { recursive: true });
    const unfinished = mkdtempSync(`${folder}-`);
    const quietly = ["--ignore-scripts", "--no-audit", "--no-fund"];
    execFileSync("npm", ["install", `${name}@${version}`, "--prefix", unfinished, ...quietly], {
      stdio: "pipe",
    });
    renameSync(unfinished, folder);
  }
  return join(folder, "node_modules", name);
}
