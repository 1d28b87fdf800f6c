import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll } from "vitest";
import { COMPILE_CACHE } from "./compileCache.ts";
import { TEST_ADMIN_KEY, temporaryDirectory } from "./gatewayProcess.ts";

const MAIN = join(import.meta.dirname, "../../node_modules/convex/bin/main.js");

/** How a command of the real `convex` CLI ended. */
export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command that goes on until it is stopped. */
export interface RunningCommand {
  /** Resolves when what it wrote to its two outputs matches. */
  shows(pattern: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/** The real `convex` CLI in a project, pointed at a gateway. */
export interface ConvexCli {
  run(...args: string[]): Promise<CliResult>;
  start(...args: string[]): RunningCommand;
}

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) {
    child.kill("SIGKILL");
  }
});

/** @param project its folder; by default one that is otherwise empty */
export async function openConvexCli(
  url: string,
  adminKey: string = TEST_ADMIN_KEY,
  project?: string,
): Promise<ConvexCli> {
  const cwd = project ?? (await emptyProject());
  const open = (args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: {
        PATH: process.env["PATH"],
        ...COMPILE_CACHE,
        HOME: cwd,
        CI: "1",
        CONVEX_SELF_HOSTED_URL: url,
        CONVEX_SELF_HOSTED_ADMIN_KEY: adminKey,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    child.once("exit", () => running.delete(child));
    return child;
  };
  return {
    run: async (...args) => {
      const child = open(args);
      const output = collect(child);
      const [code] = (await once(child, "close")) as [number | null];
      return { code, stdout: output.stdout, stderr: output.stderr };
    },
    start: (...args) => {
      const child = open(args);
      const output = collect(child);
      return {
        shows: (pattern) => whenShown(child, output, pattern),
        stop: async () => {
          const exited = once(child, "exit");
          child.kill("SIGKILL");
          await exited;
        },
      };
    },
  };
}

async function emptyProject(): Promise<string> {
  const project = await temporaryDirectory();
  await writeFile(join(project, "package.json"), '{"dependencies":{"convex":"1.48.0"}}');
  return project;
}

interface Output {
  stdout: string;
  stderr: string;
}

function collect(child: ChildProcess): Output {
  const output: Output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  return output;
}

function whenShown(child: ChildProcess, output: Output, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const text = `${output.stdout}${output.stderr}`;
      if (pattern.test(text)) {
        resolve(text);
      }
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.once("exit", () => reject(new Error(`ended:\n${output.stdout}${output.stderr}`)));
    look();
  });
}
