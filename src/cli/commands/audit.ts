import { readFileSync } from "node:fs";
import { audit, type FinishedAudit } from "../../internal/audit/audit.ts";
import type { Finding } from "../../internal/audit/finding.ts";
import { plansUnder } from "../../internal/audit/plansUnder.ts";
import { parsePolicy } from "../../internal/model/parsePolicy.ts";
import type { Policy } from "../../internal/model/policy.ts";
import { type Command, EXIT, textOption, UsageError } from "../Command.ts";
import type { Connection } from "../deployment/Connection.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from "../deployment/connect.ts";
import { Progress } from "../Progress.ts";
import { policyText, reportText } from "./auditText.ts";

export const auditCommand: Command = {
  name: "audit",
  summary: "prove every plan from the ledger",
  help: `Proves every plan from the ledger, and names what it does not explain.

Usage: tollgate audit [options]

Each row of the ledger is held against its body (SHA-256, and the signature where its secret is known) and
its place in the chain. The events then take effect again from nothing, in memory, and every table must be
what they make, byte for byte. Nothing is written. A gateway that runs can be audited while it works.

  --json                 the whole report as JSON
  --policy FILE          besides, which plans this policy (a JSON file) would decide otherwise, and why;
                         what the file does not name stays as it is. Nothing is changed
${CONNECTION_HELP}

Exit codes: 0 clean, 1 findings, 2 wrong usage, 3 could not be read.

Examples
  npm run tollgate -- audit
  npm run tollgate -- audit --url http://127.0.0.1:8787 --admin-key "$(cat .tollgate/admin-key)"
  npm run tollgate -- audit --json > audit.json
  echo '{"subscription_past_due":{"graceSeconds":0}}' > strict.json
  npm run tollgate -- audit --policy strict.json
`,
  options: { ...CONNECTION_OPTIONS, json: { type: "boolean" }, policy: { type: "string" } },
  run: async (input) => {
    const policyFile = textOption(input, "policy");
    const policy = policyFile === null ? null : readPolicy(policyFile);
    const connection = connect(input);
    const progress = new Progress("events");
    try {
      const { report, expected } = await confirmedAudit(connection, progress);
      progress.stop();
      const underPolicy = policy === null ? null : await plansUnder(expected, policy, Date.now());
      const deployment = connection.name;
      const isJson = input.values["json"] === true;
      process.stdout.write(
        isJson
          ? `${JSON.stringify({ deployment, ...report, underPolicy }, null, 2)}\n`
          : reportText(deployment, report, progress) + policyText(underPolicy),
      );
      return report.findings.length === 0 ? EXIT.clean : EXIT.findings;
    } finally {
      progress.stop();
      await connection.close();
    }
  },
};

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
    connection.isShared && first.report.findings.length > 0
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
