import { readFileSync } from "node:fs";
import { audit, type FinishedAudit } from "../../../internal/audit/audit.ts";
import type { Finding } from "../../../internal/audit/finding.ts";
import { plansUnder } from "../../../internal/audit/plansUnder.ts";
import { parsePolicy } from "../../../internal/model/parsePolicy.ts";
import type { Policy } from "../../../internal/model/policy.ts";
import { type CommandInput, EXIT, noPositional, textOption, UsageError } from "../../Command.ts";
import type { Connection } from "../../deployment/Connection.ts";
import { withConnection } from "../../deployment/connect.ts";
import { Progress } from "../../Progress.ts";
import { policyText, reportText } from "./auditText.ts";

/** Proves every plan from the ledger. */
export async function runAudit(input: CommandInput): Promise<number> {
  noPositional(input);
  const policyFile = textOption(input, "policy");
  const policy = policyFile === null ? null : readPolicy(policyFile);
  const progress = new Progress(input.out, "events");
  return await withConnection(input, async (connection) => {
    try {
      const { report, expected } = await confirmedAudit(connection, progress);
      progress.stop();
      const underPolicy = policy === null ? null : await plansUnder(expected, policy, Date.now());
      const deployment = connection.name;
      input.out.result(
        { deployment, ...report, underPolicy },
        reportText(deployment, report, progress, input.out) + policyText(underPolicy),
      );
      return report.findings.length === 0 ? EXIT.clean : EXIT.findings;
    } finally {
      progress.stop();
    }
  });
}

/** @throws UsageError when the file holds no policy */
function readPolicy(file: string): Policy {
  try {
    return parsePolicy(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new UsageError(`--policy ${file}: ${(error as Error).message}`);
  }
}

/**
 * The audit, with what the file shows first. Where others write meanwhile, an event may be tried again
 * between two looks at it: what is found counts when a second audit finds it, too.
 */
async function confirmedAudit(connection: Connection, progress: Progress): Promise<FinishedAudit> {
  const inFile = connection.fileFindings();
  const first = await auditOnce(connection, progress);
  const { report, expected } =
    connection.running !== null && first.report.findings.length > 0
      ? confirmed(first, await auditOnce(connection, progress))
      : first;
  return { report: { ...report, findings: [...inFile, ...report.findings] }, expected };
}

async function auditOnce(connection: Connection, progress: Progress): Promise<FinishedAudit> {
  return await audit(connection, {
    onProgress: ({ events, of }) => progress.update(events, of),
  });
}

/** The second audit, without what only it has found. */
function confirmed(first: FinishedAudit, { report, expected }: FinishedAudit): FinishedAudit {
  const found = new Set(first.report.findings.map(keyOf));
  const findings = report.findings.filter((finding) => found.has(keyOf(finding)));
  return { report: { ...report, findings }, expected };
}

function keyOf({ code, table, id }: Finding): string {
  return `${code} ${table} ${id}`;
}
