import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@sidehook/source"] },
  ssr: { resolve: { conditions: ["@sidehook/source", "node"] } },
  test: {
    include: ["src/**/*.test.ts", "examples/*.test.ts"],
    // Real requests on a machine that may be busy with other projects' tests.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
