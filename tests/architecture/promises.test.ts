import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");

function promised(): string[] {
  const text = readFileSync(join(ROOT, "docs/SPEC.md"), "utf8");
  return [...text.matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, number = ""]) => number);
}

/** The numbers that names of tests and groups begin with. */
function cited(): Set<string> {
  const tests = join(ROOT, "tests");
  const names = readdirSync(tests, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .flatMap((path) => [
      ...readFileSync(join(tests, path), "utf8").matchAll(
        /^\s*(?:describe|test)[^"`]*?["`]((?:[A-Z]\d+ )+)/gm,
      ),
    ]);
  return new Set(names.flatMap(([, numbers = ""]) => numbers.trim().split(" ")));
}

test("every promise of docs/SPEC.md has a test that carries its number", () => {
  const proven = cited();
  expect(promised().filter((number) => !proven.has(number))).toEqual([]);
});

test("every number that a test carries is a promise", () => {
  const numbers = new Set(promised());
  expect([...cited()].filter((number) => !numbers.has(number))).toEqual([]);
});
