import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const MAIN = resolve(import.meta.dirname, "../../faults/faults.ts");

/** Fixed, so that a change is judged by its own doing; `npm run faults` takes fresh ones. */
const SEED = "20261124";

const run = (...args: string[]) => promisify(execFile)(process.execPath, [MAIN, ...args]);

async function reportOn(fault: string): Promise<string> {
  const { stdout } = await run("--short", "--seed", SEED, "--only", fault).catch(
    (failed: { stdout: string }) => failed,
  );
  return stdout;
}

describe("the short form of", () => {
  test("U1 D1 kill -9 at random moments under load loses and doubles nothing", async () => {
    expect(await reportOn("kill")).toContain("| held |");
  }, 120_000);

  test("U2 D2 E7 a store that fails, tears, stalls or fills up at any call site changes nothing for good", async () => {
    expect(await reportOn("store")).toContain("| held |");
  }, 120_000);

  test("U3 O1 R5 random lives in a world with faults end in the plan that was paid for", async () => {
    expect(await reportOn("simulation")).toContain("| held |");
  }, 120_000);

  test("U4 what is almost right, to every parser and over sockets, is refused and changes nothing", async () => {
    expect(await reportOn("fuzz")).toContain("| held |");
  }, 120_000);
  test("U5 C5 a flood of deliveries, genuine and forged, is refused in bounded memory, and health and dashboard answer", async () => {
    expect(await reportOn("overload")).toContain("| held |");
  }, 120_000);

  test("U6 a steady pace with one fault in a hundred leaks no file and no log, and the audit passes", async () => {
    expect(await reportOn("soak")).toContain("| held |");
  }, 120_000);
});

test("npm run faults explains itself and refuses a fault that it does not know", async () => {
  expect((await run("--help")).stdout).toMatch(/Usage: npm run faults[\s\S]*kill[\s\S]*store/);
  await expect(run("--only", "luck")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("luck is no fault"),
  });
});
