import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { YOUNG_GENERATION_FLAG } from "../../src/hosts/node/boundHeap.ts";
import { TEST_SIGNING_SECRET } from "../fixtures/stripe.ts";

const MAIN = join(import.meta.dirname, "../../src/hosts/node.ts");

export const TEST_ADMIN_KEY = "test_admin_key_0123456789";

/** A gateway in a process of its own, as `npm start` runs it, with a data directory of its own. */
export interface GatewayProcess {
  readonly url: string;
  readonly dataDirectory: string;
  readonly pid: number;
  /** Everything it wrote so far. */
  output(): string;
  /** Calls a function with the admin key. @returns the value; throws with the error message otherwise */
  run(path: string, args?: object): Promise<unknown>;
  /** Posts a delivery to the webhook endpoint. */
  deliver(delivery: {
    body: string | Uint8Array;
    signatureHeader: string | null;
  }): Promise<Response>;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** Stops it as Ctrl+C does. @returns its exit code */
  stop(): Promise<number | null>;
}

/** Whoever is not ready by then is killed. */
const READY_WITHIN_MS = 60_000;

/**
 * @param killed kills it, also before it is ready
 * @throws Error with the output when it ends before it is ready
 */
export async function spawnGateway(
  dataDirectory: string,
  environment: Record<string, string | undefined> = {},
  args: readonly string[] = [],
  killed: AbortSignal = new AbortController().signal,
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [YOUNG_GENERATION_FLAG, MAIN, ...args], {
    env: {
      PATH: process.env["PATH"],
      PORT: "0",
      TOLLGATE_DATA: dataDirectory,
      TOLLGATE_SANDBOX: "off",
      SANDBOX_PORT: "0",
      TOLLGATE_ADMIN_KEY: TEST_ADMIN_KEY,
      STRIPE_WEBHOOK_SECRET: TEST_SIGNING_SECRET,
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  killed.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  const late = setTimeout(() => child.kill("SIGKILL"), READY_WITHIN_MS);
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const ready = /listening\s+(http:\S+)[\s\S]*Stop it with/.exec(output);
      if (ready?.[1] !== undefined) {
        resolve(ready[1]);
      }
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`ended with code ${code}:\n${output}`)));
  }).finally(() => clearTimeout(late));
  return {
    url,
    dataDirectory,
    pid: child.pid as number,
    output: () => output,
    run: (path, args = {}) => runFunction(url, path, args),
    deliver: ({ body, signatureHeader }) =>
      fetch(`${url}/stripe/webhook`, {
        method: "POST",
        body,
        headers: signatureHeader === null ? {} : { "stripe-signature": signatureHeader },
      }),
    kill: async () => {
      await end(child, "SIGKILL");
    },
    stop: async () => await end(child, "SIGTERM"),
  };
}

/** Every row of the ledger, newest first. */
export async function ledgerOf(gateway: GatewayProcess): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  let cursor: string | null = null;
  for (;;) {
    const page = (await gateway.run("events:list", {
      paginationOpts: { numItems: 500, cursor },
    })) as { page: LedgerRow[]; isDone: boolean; continueCursor: string };
    rows.push(...page.page);
    cursor = page.continueCursor;
    if (page.isDone) {
      return rows;
    }
  }
}

export interface LedgerRow {
  _id: string;
  stripeEventId: string;
  type: string;
  status: string;
  statusReason: string | null;
  planId: string | null;
}

async function runFunction(url: string, path: string, args: object): Promise<unknown> {
  const response = await fetch(`${url}/api/function`, {
    method: "POST",
    headers: { authorization: `Convex ${TEST_ADMIN_KEY}` },
    body: JSON.stringify({ path, args }),
  });
  const result = (await response.json()) as Record<string, unknown>;
  if (result["status"] !== "success") {
    throw Object.assign(new Error(String(result["errorMessage"] ?? result["message"])), {
      data: result["errorData"],
    });
  }
  return result["value"];
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}
