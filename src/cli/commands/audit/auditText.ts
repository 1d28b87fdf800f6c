import type { AuditReport } from "../../../internal/audit/audit.ts";
import type { Finding } from "../../../internal/audit/finding.ts";
import type { PlanUnderPolicy } from "../../../internal/audit/plansUnder.ts";
import type { Output } from "../../Output.ts";
import type { Progress } from "../../Progress.ts";

/** Findings that are written for people; `--json` has them all. */
const MAX_SHOWN = 100;

/** A report for people. */
export function reportText(
  name: string,
  report: AuditReport,
  progress: Progress,
  out: Output,
): string {
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
      ? out.style("green", "Clean: everything follows from verified events.")
      : out.style("red", `${number(findings.length)} findings`),
    ...findings.slice(0, MAX_SHOWN).map(findingText),
    ...(findings.length > MAX_SHOWN ? [`  … and more: --json shows all of them`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** What another policy would change, for people; nothing where none was asked about. */
export function policyText(plans: readonly PlanUnderPolicy[] | null): string {
  if (plans === null) {
    return "";
  }
  const lines = plans.map(
    ({ planId, from, to, fromRule, rule, reason, source }) =>
      `  ${planId}  ${from} → ${to}  ${fromRule} → ${rule}  ${source?.objectId ?? ""}  ${reason}`,
  );
  const title = `Under the other policy ${number(plans.length)} plans are of another type`;
  return `\n${[title, ...lines].join("\n")}\n`;
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
