import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DataDirectory } from "../dataDirectory.ts";

export const SANDBOX_DATABASE_FILE = "sandbox.sqlite";

/** Whether a data directory ever belonged to a sandbox: its plans were paid for with nothing. */
export function sandboxHoldsPlans(data: DataDirectory): boolean {
  return existsSync(join(data.path, SANDBOX_DATABASE_FILE));
}
