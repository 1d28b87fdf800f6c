import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const TRAPS = 30;

/** Thirty ways in which handlers of Stripe's events are known to go wrong; see docs/traps.md. */
test("each of the thirty traps has a test that names it", () => {
  const texts = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(import.meta.dirname, file), "utf8"));
  const named = new Set(
    texts
      .flatMap((text) => [...text.matchAll(/\btrap (\d+):/g)])
      .map(([, number]) => Number(number)),
  );
  const missing = Array.from({ length: TRAPS }, (_, i) => i + 1).filter((trap) => !named.has(trap));
  expect(missing).toEqual([]);
});
