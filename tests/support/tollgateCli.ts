import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../../src/cli/tollgate.ts");

/** How a command of `tollgate` ended. */
export interface TollgateResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `tollgate` in a process of its own, with nothing but these variables in its environment. */
export async function tollgate(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<TollgateResult> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const result = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    result.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    result.stderr += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...result };
}
