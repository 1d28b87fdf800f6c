import { type AuditReport, audit } from "../../internal/audit/audit.ts";
import type { Finding } from "../../internal/audit/finding.ts";
import { type Command, EXIT } from "../Command.ts";
import type { Connection } from "../deployment/Connection.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from "../deployment/connect.ts";
import { Progress } from "../Progress.ts";

/** Findings that are written for people; `--json` has them all. */
const MAX_SHOWN = 100;

export const auditCommand: Command = {
  name: "audit",
  summary: "prove every plan from the ledger",
  help: `Proves every plan from the ledger, and names what it does not explain.

Usage: tollgate audit [options]

Each row of the ledger is held against its body (SHA-256, and the signature where its secret is known) and
its place in the chain. The events then take effect again from nothing, in memory, and every table must be
what they make, byte for byte. Nothing is written. A gateway that runs can be audited while it works.

  --json                 the whole report as JSON
${CONNECTION_HELP}

Exit codes: 0 clean, 1 findings, 2 wrong usage, 3 could not be read.

Examples
  npm run tollgate -- audit
  npm run tollgate -- audit --url http://127.0.0.1:8787 --admin-key "$(cat .tollgate/admin-key)"
  npm run tollgate -- audit --json > audit.json
`,
  options: { ...CONNECTION_OPTIONS, json: { type: "boolean" } },
  run: async (input) => {
    const connection = connect(input);
    const progress = new Progress("events");
    try {
      const report = await confirmedReport(connection, progress);
      progress.stop();
      const text = input.values["json"]
        ? `${JSON.stringify({ deployment: connection.name, ...report }, null, 2)}\n`
        : reportText(connection.name, report, progress);
      process.stdout.write(text);
      return report.findings.length === 0 ? EXIT.clean : EXIT.findings;
    } finally {
      progress.stop();
      await connection.close();
    }
  },
};

/**
 * The report, with what the file shows first. Where others write meanwhile, an event may be tried again
 * between two looks at it: what is found counts when a second audit finds it, too.
 */
async function confirmedReport(connection: Connection, progress: Progress): Promise<AuditReport> {
  const inFile = connection.fileFindings();
  const report = await reportOf(connection, progress);
  if (connection.isShared && report.findings.length > 0) {
    const again = await reportOf(connection, progress);
    const found = new Set(again.findings.map(keyOf));
    report.findings = report.findings.filter((finding) => found.has(keyOf(finding)));
  }
  return { ...report, findings: [...inFile, ...report.findings] };
}

async function reportOf(connection: Connection, progress: Progress): Promise<AuditReport> {
  const { report } = await audit(connection, {
    onProgress: ({ events, of }) => progress.update(events, of),
  });
  return report;
}

function keyOf({ code, table, id }: Finding): string {
  return `${code} ${table} ${id}`;
}

function reportText(name: string, report: AuditReport, progress: Progress): string {
  const { proofs, unknownSecrets, statuses, rows, findings } = report;
  const events = Object.values(proofs).reduce((sum, count) => sum + count, 0);
  const compared = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const lines = [
    `Audit of ${name}`,
    "",
    `  events    ${number(events)}: ${number(proofs.signature)} proven by their signature, ` +
      `${number(proofs.hash_only)} by their hash only, ${number(proofs.body_dropped)} with their body dropped`,
    ...Object.entries(unknownSecrets).map(
      ([fingerprint, count]) =>
        `            ${number(count)} signed with ${fingerprint}, which is not known here any more`,
    ),
    `  states    ${countsText(statuses)}`,
    `  plans     ${number(rows["plans"] ?? 0)}, with ${number(rows["planChanges"] ?? 0)} changes`,
    `  compared  ${number(compared)} rows in ${Object.keys(rows).length} tables`,
    `  speed     ${number(progress.rate)} events a second, ${progress.elapsedSeconds.toFixed(1)} s`,
    "",
    findings.length === 0
      ? "Clean: everything follows from verified events."
      : `${number(findings.length)} findings`,
    ...findings.slice(0, MAX_SHOWN).map(findingText),
    ...(findings.length > MAX_SHOWN ? [`  … and more: --json shows all of them`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function findingText({ code, table, id, message }: Finding): string {
  return `  ${code.padEnd(22)} ${table} ${id} ${message}`;
}

function countsText(counts: Record<string, number>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${number(count)} ${name}`);
  return parts.length === 0 ? "none" : parts.join(", ");
}

function number(value: number): string {
  return value.toLocaleString("en");
}
