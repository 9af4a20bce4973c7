/** `php -l` over every file of the plugin. */
import { execFileSync } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureSystemPackages, findProgram } from "./system.ts";

const folder = join(dirname(import.meta.dirname), "wp-bridge");

if (process.env["SIDEHOOK_SKIP_E2E"] === "1" && !findProgram("php")) {
  console.log("wp-bridge: PHP is not installed and SIDEHOOK_SKIP_E2E=1, so its files are not checked");
} else {
  ensureSystemPackages();
  lint();
}

function lint(): void {
  const files = globSync("**/*.php", { cwd: folder });
  for (const file of files) {
    execFileSync(findProgram("php") ?? "php", ["-l", join(folder, file)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  console.log(`wp-bridge: ${files.length} files of PHP are well-formed`);
}
