import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

describe("the package", () => {
  it("imports nothing but itself, and node:crypto to sign", () => {
    const files = globSync("**/*.ts", { cwd: import.meta.dirname }).filter(
      (file) => !file.endsWith(".test.ts"),
    );
    const imports = files.flatMap((file) => {
      const source = readFileSync(join(import.meta.dirname, file), "utf8");
      return [...source.matchAll(/(?:from|import)\s*\(?\s*("[^"]+");/g)].map(
        (match) => `${file}: ${match[1]}`,
      );
    });
    expect(imports.length).toBeGreaterThan(20);
    expect(imports.filter((line) => !/: "[.]{1,2}\//.test(line))).toEqual(['signature.ts: "node:crypto"']);
  });
});
