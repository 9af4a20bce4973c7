/** Looks through every file of the plugin: `php -l`, the oldest and newest PHP it is for, the coding standard, its texts. */
import { execFileSync } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkStandard } from "./php-standard.ts";
import { checkVersions } from "./php-versions.ts";
import { ensureSystemPackages, findProgram } from "./system.ts";

const folder = join(dirname(import.meta.dirname), "wp-bridge");

if (process.env["SIDEHOOK_SKIP_E2E"] === "1" && !(findProgram("php") && findProgram("phpcs"))) {
  console.log("wp-bridge: PHP is not installed and SIDEHOOK_SKIP_E2E=1, so its files are not checked");
} else {
  ensureSystemPackages();
  const count = lint();
  await checkVersions(folder);
  checkStandard(folder);
  execFileSync(process.execPath, [join(import.meta.dirname, "translations.ts"), "--check"], {
    stdio: "inherit",
  });
  console.log(
    `wp-bridge: ${count} files of PHP are well-formed, load on PHP 8.1 and 8.5, and keep the standard`,
  );
}

function lint(): number {
  const files = globSync("**/*.php", { cwd: folder });
  for (const file of files) {
    execFileSync(findProgram("php") ?? "php", ["-l", join(folder, file)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  return files.length;
}
