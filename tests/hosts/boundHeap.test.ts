import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { YOUNG_GENERATION_FLAG } from "../../src/hosts/node/boundHeap.ts";

const ROOT = join(import.meta.dirname, "../..");

/** @returns how many MB its old generation took, of which some 20 MB were alive */
async function oldGenerationMb(argument: string): Promise<number> {
  const file = join(import.meta.dirname, "heapProcess.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[YOUNG_GENERATION_FLAG, file, argument],
  ]);
  return Number(stdout);
}

test("U8 what is no longer used is collected before it is twice what is used", async () => {
  const [bound, free] = await Promise.all(["bound", "free"].map(oldGenerationMb));
  expect(bound).toBeLessThan(100);
  expect(free).toBeGreaterThan(bound as number);
});

test.each([
  ["package.json", 2],
  ["Dockerfile", 1],
  ["deploy/tollgate.service", 1],
  ["src/cli/tollgate.ts", 1],
])("U8 %s starts Node with a bounded young generation", async (file, times) => {
  const text = await readFile(join(ROOT, file), "utf8");
  expect(text.split(YOUNG_GENERATION_FLAG)).toHaveLength(times + 1);
});
