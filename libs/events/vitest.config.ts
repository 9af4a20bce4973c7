import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@sidehook/source"] },
  ssr: { resolve: { conditions: ["@sidehook/source", "node"] } },
  test: { include: ["src/**/*.test.ts", "examples/*.test.ts"] },
});
