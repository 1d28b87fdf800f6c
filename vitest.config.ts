import { defineConfig } from "vitest/config";
import { COMPILE_CACHE } from "./tests/support/compileCache.ts";

/** Rooms of pure functions: no environment, no port, no process. Their files share a process. */
const PURE = ["model", "stripe"];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    env: COMPILE_CACHE,
    // By default one core is left idle: half of a machine with two.
    maxWorkers: "100%",
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          isolate: false,
          include: PURE.map((room) => `tests/${room}/**/*.test.ts`),
          // What puts another build in a module's place keeps a process of its own.
          exclude: ["tests/**/*InWebBuild.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "apart",
          include: ["tests/**/*.test.ts"],
          exclude: PURE.map((room) => `tests/${room}/**/!(*InWebBuild).test.ts`),
        },
      },
    ],
  },
});
