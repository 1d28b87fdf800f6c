import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Writable } from "node:stream";
import { runTollgate } from "../../src/cli/runTollgate.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/tollgate.ts");

/** How a command of `tollgate` ended. */
export interface TollgateResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `tollgate` in this process, one command after the other, with nothing but these variables in its
 * environment: a process of its own takes most of a second to start.
 */
export async function tollgate(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<TollgateResult> {
  const result = last.then(() => runHere(args, environment));
  last = result.catch(() => undefined);
  return await result;
}

/** Starts `tollgate` in a process of its own. */
export function spawnTollgate(
  args: readonly string[],
  environment: Record<string, string> = {},
): TollgateProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const result = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      result[name] += chunk.toString();
    });
  }
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, ...result }));
  return { child, output: () => result, ended };
}

/** A command that runs. */
export interface TollgateProcess {
  child: ChildProcess;
  /** What it wrote so far. */
  output(): Pick<TollgateResult, "stdout" | "stderr">;
  ended: Promise<TollgateResult>;
}

async function runHere(
  args: readonly string[],
  environment: Record<string, string>,
): Promise<TollgateResult> {
  const before = process.env;
  process.env = { PATH: before["PATH"], ...environment };
  const [stdout, stderr] = [collector(), collector()];
  try {
    const code = await runTollgate(args, { stdout: stdout.stream, stderr: stderr.stream });
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.env = before;
  }
}

function collector() {
  let text = "";
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += chunk.toString();
      done();
    },
  });
  return { stream, text: () => text };
}
