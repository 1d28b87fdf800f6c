import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";

/** Where `wrangler dev` reads secrets; git ignores it. */
export const DEV_SECRETS_FILE = ".dev.vars";

/** The variables of a file of `NAME=value` lines; none when there is no such file. */
export function readSecrets(path: string): Record<string, string | undefined> {
  return existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
}

/** Makes the file with random secrets, readable by its owner alone. @returns false when there is one */
export function makeDevSecrets(path: string): boolean {
  if (existsSync(path)) {
    return false;
  }
  const random = (): string => randomBytes(32).toString("hex");
  const lines = [
    "# For wrangler dev on this machine only. Made at random; change as you like.",
    `STRIPE_WEBHOOK_SECRET=whsec_${random()}`,
    `TOLLGATE_ADMIN_KEY=${random()}`,
    `TOLLGATE_LINK_SECRET=${random()}`,
    "",
  ];
  writeFileSync(path, lines.join("\n"), { mode: 0o600, flag: "wx" });
  return true;
}
