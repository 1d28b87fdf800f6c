import type { Command } from "./Command.ts";
import { actionsCommand } from "./commands/actions.ts";
import { auditCommand } from "./commands/audit.ts";
import { clockCommand } from "./commands/clock.ts";
import { completionCommand } from "./commands/completion.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { eraseCommand } from "./commands/erase.ts";
import { eventsCommand } from "./commands/events.ts";
import { explainCommand } from "./commands/explain.ts";
import { exportCommand } from "./commands/export.ts";
import { functionsCommand } from "./commands/functions.ts";
import { importCommand } from "./commands/import.ts";
import { keysCommand } from "./commands/keys.ts";
import { linkCommand } from "./commands/link.ts";
import { listenCommand } from "./commands/listen.ts";
import { logsCommand } from "./commands/logs.ts";
import { plansCommand } from "./commands/plans.ts";
import { reconcileCommand } from "./commands/reconcile.ts";
import { retentionCommand } from "./commands/retention.ts";
import { functionRunCommand } from "./commands/run.ts";
import { startCommand } from "./commands/start.ts";
import { triggerCommand } from "./commands/trigger.ts";

/** Every command, in the order in which help and docs/cli.md list them. */
export const COMMANDS: readonly Command[] = [
  startCommand,
  eventsCommand,
  plansCommand,
  explainCommand,
  auditCommand,
  doctorCommand,
  reconcileCommand,
  functionRunCommand,
  functionsCommand,
  logsCommand,
  exportCommand,
  importCommand,
  eraseCommand,
  retentionCommand,
  keysCommand,
  actionsCommand,
  linkCommand,
  triggerCommand,
  listenCommand,
  clockCommand,
  completionCommand,
];
