import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { YOUNG_GENERATION_FLAG } from "../../src/hosts/node/boundHeap.ts";

const ROOT = join(import.meta.dirname, "../..");

describe("U8 Node is started with a bounded young generation by", () => {
  test.each([
    ["package.json", 2],
    ["Dockerfile", 1],
    ["deploy/tollgate.service", 1],
    ["src/cli/tollgate.ts", 1],
  ])("%s", async (file, times) => {
    const text = await readFile(join(ROOT, file), "utf8");
    expect(text.split(YOUNG_GENERATION_FLAG)).toHaveLength(times + 1);
  });
});
