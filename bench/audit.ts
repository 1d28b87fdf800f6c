import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Output } from "../src/cli/Output.ts";
import { Progress } from "../src/cli/Progress.ts";
import { openNodeSqliteStore } from "../src/hosts/node/nodeSqliteStore.ts";
import { audit } from "../src/internal/audit/audit.ts";
import type { Deployment, LedgerEntry, Place } from "../src/internal/audit/deployment.ts";
import { LedgerFold } from "../src/internal/audit/LedgerFold.ts";
import { openGatewayInProcess } from "./gateway/openGatewayInProcess.ts";

/**
 * How fast a ledger is audited: npm run bench:audit [-- --events N]
 *
 * Takes in N events (100,000) about N / 20 subscriptions through the routes and functions, audits them, and
 * tells the rate of taking in, of the whole audit, and of the fold alone.
 */
const { values } = parseArgs({ options: { events: { type: "string", default: "100000" } } });
const events = Number(values.events);
const directory = mkdtempSync(join(tmpdir(), "bench-audit-"));
try {
  const gateway = await openGatewayInProcess(
    openNodeSqliteStore({ path: join(directory, "tollgate.sqlite") }),
  );
  const taken = await timed("taken in", (progress) => gateway.takeIn(events, progress));
  const audited = await timed("audited", (progress) => auditAll(gateway, progress));
  const entries = await everyEntry(gateway);
  const folded = await timed("folded", () => foldAll(entries));
  for (const [what, rate] of Object.entries({ ...taken, ...audited, ...folded })) {
    process.stdout.write(`${what.padEnd(10)} ${rate.toLocaleString("en")} events a second\n`);
  }
} finally {
  rmSync(directory, { recursive: true });
}

type OnProgress = (done: number, total: number) => void;

async function timed(
  what: string,
  work: (onProgress: OnProgress) => Promise<void>,
): Promise<Record<string, number>> {
  const progress = new Progress(new Output(process, false), `events ${what}`);
  await work((done, total) => progress.update(done, total));
  progress.update(events, events);
  progress.stop();
  return { [what]: progress.rate };
}

async function auditAll(deployment: Deployment, onProgress: OnProgress): Promise<void> {
  const { report } = await audit(deployment, {
    onProgress: (progress) => onProgress(progress.events, progress.of),
  });
  if (report.findings.length > 0 || report.proofs.signature !== events) {
    throw new Error(`the audit is wrong: ${JSON.stringify(report).slice(0, 1_000)}`);
  }
}

async function everyEntry(deployment: Deployment): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  let after: Place | null = null;
  do {
    const page: Awaited<ReturnType<typeof deployment.query<"audit:ledgerPage">>> =
      await deployment.query("audit:ledgerPage", { after });
    entries.push(...page.entries);
    after = page.next;
  } while (after !== null);
  return entries;
}

async function foldAll(entries: readonly LedgerEntry[]): Promise<void> {
  const fold = new LedgerFold();
  for (const { row, reading, plans } of entries) {
    await fold.add(row, reading, plans);
  }
}
