import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const PROCESS = join(import.meta.dirname, "watchdogProcess.ts");

interface Ended {
  stdout: string;
  signal?: string | null;
}

async function run(what: string): Promise<Ended> {
  return await promisify(execFile)(process.execPath, [PROCESS, what], { timeout: 15_000 }).catch(
    (error: Ended) => error,
  );
}

describe("E24 a watched process", () => {
  test("whose event loop stands still is ended, and says why", async () => {
    const { stdout, signal } = await run("loop");
    expect(signal).toBe("SIGKILL");
    expect(stdout).toBe("error event_loop_stuck forMs=500\n");
  });

  test.each(["idle", "stop"])("lives when it is %s", async (what) => {
    const { stdout, signal } = await run(what);
    expect(signal ?? null).toBeNull();
    expect(stdout).toBe("survived\n");
  });
});
