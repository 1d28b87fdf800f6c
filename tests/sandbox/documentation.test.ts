import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RETRY_SECONDS } from "../../src/sandbox/delivery/schedule.ts";
import { TEST_METHODS } from "../../src/sandbox/payments/testMethods.ts";
import { allRoutes } from "../../src/sandbox/routes/allRoutes.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/sandbox.md"), "utf8");

test("S3 docs/sandbox.md lists every request that is answered, and no other", () => {
  const listed = [...page.matchAll(/`((?:GET|POST|DELETE) \/v1\/[\w/:]+)`/g)].map(
    ([, text]) => text,
  );
  const answered = allRoutes.map(({ method, path }) => `${method} ${path}`);
  expect(listed.toSorted()).toEqual(answered.toSorted());
});

test("S3 docs/sandbox.md lists every test number with its id", () => {
  const rows = page.split("\n").map((line) => line.replaceAll(" ", ""));
  for (const { number, readyMadeId } of TEST_METHODS) {
    expect(
      rows.some((row) => row.startsWith(`|${number}|\`${readyMadeId}\`|`)),
      number,
    ).toBe(true);
  }
});

test("S5 docs/sandbox.md states the schedule of retries", () => {
  expect(RETRY_SECONDS).toEqual([10, 10 * 60, 2 * 3_600]);
  expect(page).toContain("after 10 seconds, 10 minutes and 2 hours");
});
