import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Contestant, MissingPeerError } from "./throughput/Contestant.ts";
import { betterAuthStripe } from "./throughput/contestants/betterAuth.ts";
import { handWritten } from "./throughput/contestants/handWritten.ts";
import { limit, limitOneByOne } from "./throughput/contestants/limit.ts";
import { syncEngine } from "./throughput/contestants/syncEngine.ts";
import { tollgate } from "./throughput/contestants/tollgate.ts";
import { type Measured, measure } from "./throughput/measure.ts";
import type { Outcome } from "./throughput/Outcome.ts";
import { report } from "./throughput/report.ts";

const HELP = `How many of Stripe's deliveries a second are verified and durably applied, beside others.

Usage: npm run bench [-- CONTESTANT…] [-- --seconds N] [-- --rounds N]

  CONTESTANT     limit, limit-1, hand-written, sync-engine, better-auth, tollgate (all)
  --seconds N    how long each is loaded in a round (8)
  --rounds N     rounds, in which all take their turn (3)

Each takes customer.subscription.updated events of 3 to 4 KB about 1,000 subscriptions, 5 % of them twice,
on 64 connections, in a process of its own with an empty store. After each run its store is checked: who lost
an acknowledged event, or answered one wrongly, gets no figures. Whoever cannot run here is named.

Exit codes: 0 measured, 1 somebody was disqualified or missing, 2 wrong usage.
`;

const CONTESTANTS = [limit, limitOneByOne, handWritten, syncEngine, betterAuthStripe, tollgate];

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: "string", default: "8" },
      rounds: { type: "string", default: "3" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = positionals.find((name) => !CONTESTANTS.some((each) => each.name === name));
  if (unknown !== undefined) {
    process.stderr.write(`${unknown} is no contestant\n${HELP}`);
    return 2;
  }
  const chosen = CONTESTANTS.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  );
  const outcomes = await runInTurns(chosen, Number(values.rounds), Number(values.seconds) * 1_000);
  process.stdout.write(report(outcomes));
  return outcomes.every(({ reason }) => reason === null) ? 0 : 1;
}

async function runInTurns(
  contestants: readonly Contestant[],
  rounds: number,
  durationMs: number,
): Promise<Outcome[]> {
  const outcomes = contestants.map<Outcome>((contestant) => ({
    contestant,
    runs: [],
    reason: null,
  }));
  for (let round = 1; round <= rounds; round++) {
    for (const outcome of outcomes.filter(({ reason }) => reason === null)) {
      process.stderr.write(`round ${round} of ${rounds}: ${outcome.contestant.name}\n`);
      const run = await runOnce(outcome.contestant, durationMs);
      if (typeof run === "string") {
        outcome.reason = run;
      } else {
        outcome.runs.push(run);
      }
    }
  }
  return outcomes;
}

async function runOnce(contestant: Contestant, durationMs: number): Promise<Measured | string> {
  const directory = mkdtempSync(join(tmpdir(), `bench-${contestant.name}-`));
  try {
    return await measure(contestant, directory, durationMs);
  } catch (error) {
    if (error instanceof MissingPeerError) {
      return `missing: ${error.message}`;
    }
    throw error;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

process.exitCode = await main();
