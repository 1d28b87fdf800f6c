import type { Doc, TableNames } from "../_generated/dataModel.ts";
import { digestOf } from "../ledger/digest.ts";
import { checkStanding } from "./checkStanding.ts";
import { checkTimer, type TimerWithJob } from "./checkTimer.ts";
import { RowComparison } from "./compareRows.ts";
import {
  type Audited,
  type Deployment,
  FunctionFailedError,
  type LedgerEntry,
  type Place,
} from "./deployment.ts";
import type { Finding, FindingCode } from "./finding.ts";
import { LedgerChainCheck } from "./LedgerChainCheck.ts";
import { LedgerFold } from "./LedgerFold.ts";
import { LedgerReader, requireProgress } from "./LedgerReader.ts";
import type { MemoryDatabase } from "./memoryDatabase.ts";
import { PlanChecks, type PlanWithChange } from "./PlanChecks.ts";
import { DERIVED_TABLES, DIGESTED_TABLES } from "./tables.ts";

/** What an audit read, proved and found. */
export interface AuditReport {
  /** Rows of the ledger, by how far each is proven. */
  proofs: Record<LedgerEntry["proof"], number>;
  /** Rows whose secret the deployment does not know any more, by its fingerprint. */
  unknownSecrets: Record<string, number>;
  /** Rows of the ledger by their state. */
  statuses: Record<string, number>;
  /** Rows of every table that were compared. */
  rows: Record<string, number>;
  findings: Finding[];
}

export interface AuditOptions {
  /** Told as the audit goes on. */
  onProgress?: (progress: { events: number; of: number }) => void;
}

/** An audit that is over, with everything that follows from the ledger. */
export interface FinishedAudit {
  report: AuditReport;
  expected: MemoryDatabase;
}

/**
 * Proves a deployment's plans from its ledger: each row of the ledger against its body and its place in the
 * chain; every table against what the events make when they take effect again from nothing; the plans
 * against both and against their changes.
 *
 * A deployment that goes on meanwhile is read consistently: each page of a table tells how far the ledger
 * went when it was read, and is compared with what follows from exactly those events.
 *
 * @throws what `deployment.query` throws when the deployment cannot be reached
 */
export async function audit(
  deployment: Deployment,
  { onProgress = () => undefined }: AuditOptions = {},
): Promise<FinishedAudit> {
  const { events: of } = await deployment.query("audit:begin", {});
  const fold = new LedgerFold();
  const chain = new LedgerChainCheck();
  const report = emptyReport();
  const findings = report.findings;
  let events = 0;
  const reader = new LedgerReader(deployment, async (entry) => {
    count(report.proofs, entry.proof);
    count(report.statuses, entry.row.status);
    if (entry.proof === "hash_only") {
      count(report.unknownSecrets, entry.row.secretFingerprint);
    }
    findings.push(...entry.findings);
    chain.add(entry.row);
    await fold.add(entry.row, entry.reading, entry.plans);
    events += 1;
    onProgress({ events, of: Math.max(of, events) });
  });
  const readable = await orFinding(findings, "events", () => reader.readAll());
  if (readable) {
    const tables = new TableReader(deployment, reader, report);
    await checkTables(tables, fold.result, chain);
  }
  return { report, expected: fold.result };
}

/** Reads tables page by page, the ledger always exactly as far as the page. */
class TableReader {
  readonly report: AuditReport;
  readonly #deployment: Deployment;
  readonly #ledger: LedgerReader;

  constructor(deployment: Deployment, ledger: LedgerReader, report: AuditReport) {
    this.#deployment = deployment;
    this.#ledger = ledger;
    this.report = report;
  }

  /** @returns whether all of the table could be read; otherwise that is a finding */
  async read<Table extends TableNames>(
    table: Table,
    use: (row: Doc<Table>) => void | Promise<void>,
  ): Promise<boolean> {
    return await orFinding(this.report.findings, table, async () => {
      let after: Place | null = null;
      do {
        const page: Audited["audit:tablePage"] = await this.#deployment.query("audit:tablePage", {
          table,
          after,
        });
        await this.#ledger.readTo(page.ledgerEnd);
        for (const id of page.misplaced) {
          const message =
            "is not found under its own id and creation time, or its job's id is none.";
          this.report.findings.push({ code: "row_misplaced", table, id, message });
        }
        for (const row of page.entries) {
          await use(row as Doc<Table>);
        }
        this.report.rows[table] = (this.report.rows[table] ?? 0) + page.entries.length;
        if (page.next !== null) {
          requireProgress(after, page.next);
        }
        after = page.next;
      } while (after !== null);
    });
  }
}

async function checkTables(
  tables: TableReader,
  expected: MemoryDatabase,
  chain: LedgerChainCheck,
): Promise<void> {
  const { findings } = tables.report;
  for (const table of DERIVED_TABLES) {
    const comparison = new RowComparison(expected.table(table));
    if (await tables.read(table, (row) => comparison.add(row))) {
      comparison.finish();
    }
    findings.push(...comparison.findings);
  }
  await tables.read("events", (row) => {
    findings.push(...checkStanding(row, expected));
  });
  await checkBesideEvents(tables, expected);

  const plans = new PlanChecks(expected);
  const hasChanges = await tables.read("planChanges", (change) => plans.addChange(change));
  const hasPlans = await tables.read("plans", (plan) => plans.addPlan(plan as PlanWithChange));
  if (hasChanges && hasPlans) {
    plans.finish();
  }
  findings.push(...plans.findings);
  await checkHeads(tables, chain);
}

/** Bodies and readings belong to an event. What no event makes has its digest. */
async function checkBesideEvents(tables: TableReader, expected: MemoryDatabase): Promise<void> {
  const { findings } = tables.report;
  const events = expected.table("events");
  const find = (code: FindingCode, table: TableNames, id: string, message: string) =>
    findings.push({ code, table, id, message });
  const findForeign = (table: TableNames, { _id, eventId }: { _id: string; eventId: string }) => {
    if (events.get(eventId) === undefined) {
      find("body_unexplained", table, _id, "belongs to an event that is not in the ledger.");
    }
  };
  await tables.read("eventBodies", (row) => findForeign("eventBodies", row));
  for (const [table, code] of DIGESTED_TABLES) {
    await tables.read(table, (row) => {
      if ("eventId" in row) {
        findForeign(table, row);
      }
      if (digestOf(row) !== row.digest) {
        find(code, table, row._id, "does not have its digest: it was changed.");
      }
    });
  }
  await tables.read("planTimers", (timer) => {
    findings.push(...checkTimer(timer as TimerWithJob));
  });
}

/** Last: here it shows when rows at the end of the ledger are missing. */
async function checkHeads(tables: TableReader, chain: LedgerChainCheck): Promise<void> {
  const { findings } = tables.report;
  const heads: Doc<"ledgerHeads">[] = [];
  await tables.read("ledgerHeads", (head) => {
    heads.push(head);
  });
  findings.push(...chain.finish());
  const reached = chain.heads();
  const find = (id: string, shard: string, position: number) =>
    findings.push({
      code: "ledger_head_differs",
      table: "ledgerHeads",
      id,
      message:
        `says that the chain ends at ${shard}/${position}; ` +
        `the ledger ends at ${shard}/${reached.get(shard)?.position ?? 0}, or with another link.`,
    });
  for (const { _id, shard, position, link } of heads) {
    const end = reached.get(shard);
    if (position !== end?.position || link !== end.link) {
      find(_id, shard, position);
    }
  }
  for (const shard of reached.keys()) {
    if (!heads.some((head) => head.shard === shard)) {
      find(shard, shard, 0);
    }
  }
}

async function orFinding(
  findings: Finding[],
  table: string,
  read: () => Promise<void>,
): Promise<boolean> {
  try {
    await read();
    return true;
  } catch (error) {
    if (!(error instanceof FunctionFailedError)) {
      throw error;
    }
    const message = `cannot be read to its end, so it was not checked: ${error.message}`;
    findings.push({ code: "row_unreadable", table, id: "", message });
    return false;
  }
}

function emptyReport(): AuditReport {
  return {
    proofs: { signature: 0, hash_only: 0, body_dropped: 0, none: 0 },
    unknownSecrets: {},
    statuses: {},
    rows: {},
    findings: [],
  };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
