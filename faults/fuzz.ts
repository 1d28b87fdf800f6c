import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peakMegabytes } from "../bench/throughput/processUsage.ts";
import { seededRandom } from "../tests/model/lifeCycle/random.ts";
import { type GatewayProcess, ledgerOf, spawnGateway } from "../tests/support/spawnGateway.ts";
import type { Fault, FaultOptions, FaultResult } from "./Fault.ts";
import type { FuzzTarget } from "./fuzz/FuzzTarget.ts";
import { functionCalls } from "./fuzz/functionCalls.ts";
import { Mutator } from "./fuzz/Mutator.ts";
import {
  changedBodies,
  checkoutLinks,
  cursors,
  signatureHeaders,
  signedBodies,
  syncMessages,
} from "./fuzz/parsers.ts";
import { httpRequests, webSocketFrames } from "./fuzz/sockets.ts";
import { collectGarbage } from "./support/collectGarbage.ts";

const PARSED = 1_000_000;
const SENT = 100_000;
const SHORT_PARSED = 3_000;
const SHORT_SENT = 500;

/** The part of the inputs after which memory is looked at first: code is compiled and caches are filled. */
const WARM_UP = 0.2;

/** What a process may grow by from then on. */
const MAX_GROWTH_MB = 64;

const MB = 1_000_000;

/**
 * Sends what is almost right to everything that reads what strangers send: the parsers in this process, and
 * a real gateway over sockets. Nothing may be thrown but refusals, no 5xx answered but a named one, nothing
 * stored, and memory stays.
 */
export const fuzz: Fault = {
  name: "fuzz",
  what: "millions of inputs that are almost right, to every parser and over sockets",
  run: async ({ isShort, seed, onProgress }: FaultOptions): Promise<FaultResult> => {
    const directory = await mkdtemp(join(tmpdir(), "tollgate-fuzz-"));
    const gateway = await spawnGateway(directory);
    const parsers = [
      ...[signatureHeaders, signedBodies, changedBodies, syncMessages, cursors, checkoutLinks],
      functionCalls,
    ];
    const sockets = [httpRequests, webSocketFrames].map((target) => target(() => gateway));
    const plan: { target: FuzzTarget; count: number }[] = [
      ...parsers.map((target) => ({ target, count: isShort ? SHORT_PARSED : PARSED })),
      ...sockets.map((target) => ({ target, count: isShort ? SHORT_SENT : SENT })),
    ];
    const total = plan.reduce((sum, { count }) => sum + count, 0);
    const broken: string[] = [];
    let done = 0;
    try {
      const mutator = new Mutator(seededRandom(seed));
      const send = async (part: number): Promise<void> => {
        for (const { target, count } of plan) {
          const flaws = await target.send(Math.ceil(count * part), mutator, (inputs) => {
            done += inputs;
            onProgress(Math.min(done, total), total);
          });
          broken.push(...flaws.map((flaw) => `${target.name}: ${flaw}`));
        }
      };
      const { stored } = await standingOf(gateway);
      await send(WARM_UP);
      const { peakMb } = await standingOf(gateway);
      const ownMb = heapMegabytes();
      await send(1 - WARM_UP);
      const after = await standingOf(gateway);
      if (after.stored !== stored) {
        broken.push(`what the gateway holds has changed: ${after.stored}`);
      }
      const figures = {
        inputs: done,
        fuzzerGrewByMb: Math.round(heapMegabytes() - ownMb),
        gatewayGrewByMb: Math.round(after.peakMb - peakMb),
      };
      for (const [name, grownMb] of Object.entries(figures).slice(1)) {
        if (grownMb > MAX_GROWTH_MB) {
          broken.push(`${name}: ${grownMb}`);
        }
      }
      return { figures, broken };
    } finally {
      await gateway.kill();
      await rm(directory, { recursive: true });
    }
  },
};

/** What it holds, which must stay, and the most memory that it took. */
async function standingOf(gateway: GatewayProcess): Promise<{ stored: string; peakMb: number }> {
  const health = await fetch(`${gateway.url}/healthz`);
  const ledger = await ledgerOf(gateway);
  const counts = await gateway.run("inbox:counts");
  const stored = JSON.stringify({ health: health.status, ledger: ledger.length, counts });
  return { stored, peakMb: peakMegabytes(gateway.pid) };
}

function heapMegabytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / MB;
}
