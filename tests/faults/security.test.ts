import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const DOCUMENT = readFileSync(join(ROOT, "docs/security.md"), "utf8");

/** Rows of the checklist that Stripe's documentation comes down to. */
const CHECKLIST_ROWS = 11;

test("U7 every attack and every row of the checklist in docs/security.md names a test that is there", () => {
  const rows = DOCUMENT.split("\n").filter((line) => /^\| (?!door|#|-)/.test(line));
  const unproven = rows.filter((row) => !/`tests\/[^`]+` "[^"]+"/.test(row));
  expect(unproven).toEqual([]);
  const named = [...DOCUMENT.matchAll(/`(tests\/[^`]+)` "([^"]*)"/g)];
  const missing = named.filter(
    ([, file = "", name = ""]) =>
      name === "" || !readFileSync(join(ROOT, file), "utf8").includes(name),
  );
  expect(missing.map(([text]) => text)).toEqual([]);
});

test("U7 docs/security.md has all rows of the checklist", () => {
  const numbers = [...DOCUMENT.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: CHECKLIST_ROWS }, (_, index) => index + 1));
});
