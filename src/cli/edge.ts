import { spawn } from "node:child_process";
import { join } from "node:path";
import { DEV_SECRETS_FILE, makeDevSecrets } from "./edge/secretsFile.ts";

/** `npm run edge`: the Worker in workerd on this machine, offline. Arguments go on to `wrangler dev`. */
const ROOT = join(import.meta.dirname, "../..");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

if (makeDevSecrets(join(ROOT, DEV_SECRETS_FILE))) {
  process.stdout.write(`Random secrets for this machine were written to ${DEV_SECRETS_FILE}.\n`);
}
const wrangler = spawn(process.execPath, [WRANGLER, "dev", ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: "inherit",
});
wrangler.once("exit", (code) => {
  process.exitCode = code ?? 1;
});
