import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const READY_WITHIN_MS = 30_000;

/** The first address that a server prints is where it listens. */
const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/;

export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts `node FLAGS FILE` on a free port of this machine, with nothing in its environment but `variables`. */
export async function startServer(
  file: string,
  variables: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<Server> {
  const child = spawn(process.execPath, [...flags, file], {
    env: { PATH: process.env["PATH"], NODE_ENV: "production", PORT: "0", ...variables },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await addressOf(child, file);
  // Whatever else it prints is not kept.
  child.stdout?.resume();
  return {
    url,
    pid: child.pid as number,
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function addressOf(child: ChildProcess, file: string): Promise<string> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const late = setTimeout(() => child.kill("SIGKILL"), READY_WITHIN_MS);
  try {
    for await (const line of lines) {
      const [address] = ADDRESS.exec(line) ?? [];
      if (address !== undefined) {
        return address;
      }
    }
    throw new Error(`${file} ended, or did not say where it listens`);
  } finally {
    clearTimeout(late);
  }
}
