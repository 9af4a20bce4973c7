import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@sidehook/source"] },
  ssr: { resolve: { conditions: ["@sidehook/source", "node"] } },
  test: {
    include: ["src/**/*.test.ts"],
    globalSetup: ["src/setup.ts"],
    // Each brings up machines of its own; two cores carry one at a time.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
