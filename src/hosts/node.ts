import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { boundHeap } from "./node/boundHeap.ts";
import { readConfig } from "./node/config.ts";
import { createJsonLog } from "./node/jsonLog.ts";
import { keepCompiled } from "./node/keepCompiled.ts";
import { createLineLog } from "./node/lineLog.ts";
import { startUpText } from "./node/startUpText.ts";
import { startWatchdog } from "./node/watchdog.ts";

const HELP = `Starts the Tollgate gateway: it receives Stripe's webhooks and keeps plans in SQLite.

Usage: npm start [-- --functions DIR] [-- --help]

  --functions DIR        host this folder of Convex functions instead of Tollgate's own: its queries,
                         mutations, actions, HTTP actions and crons, with a database of its own

Environment (everything is optional)
  HOST                   address to listen on (127.0.0.1)
  PORT                   port to listen on (8787; 0 = any free one)
  TOLLGATE_DATA          directory for the database and generated secrets (.tollgate)
  STRIPE_WEBHOOK_SECRET  signing secret of the webhook endpoint, whsec_…; several separated by commas
                         (without it one is made on the first start and kept in the data directory)
  STRIPE_SECRET_KEY      Stripe API key, to read what was missed; its prefix also decides the mode
  STRIPE_API_URL         address of Stripe's API (https://api.stripe.com)
  STRIPE_MODE            test or live (the mode of STRIPE_SECRET_KEY, else test)
  STRIPE_ACCOUNT         acct_…: the connected account whose events count (the endpoint's own)
  TOLLGATE_BODY_RETENTION_DAYS
                         days after which bodies of events are dropped (never)
  TOLLGATE_SANDBOX       on or off: play Stripe on this machine, with a demo page (on when nothing above
                         speaks of a real Stripe and HOST is this machine)
  SANDBOX_PORT           port of the sandbox (12111; 0 = any free one)
  TOLLGATE_ORIGINS       origins that a checkout may return to, separated by commas (this gateway)
  TOLLGATE_LINK_SECRET   secret of signed checkout links (made and kept like the signing secret)
  TOLLGATE_AUTH_ISSUER, TOLLGATE_AUTH_JWKS, TOLLGATE_AUTH_AUDIENCE
                         whose tokens are taken: an issuer, the address of its keys, and the audience
  TOLLGATE_AUTH_ALGORITHM  how they are signed: RS256 or ES256 (RS256)
  TOLLGATE_AUTH_DOMAIN, TOLLGATE_AUTH_APPLICATION_ID
                         the same for an OpenID Connect provider
  TOLLGATE_LOG           text, or json: one object a line, and a line for each delivery (text)
  OTEL_EXPORTER_OTLP_ENDPOINT
                         where traces are sent, by OTLP over HTTP (nowhere)
  TOLLGATE_ADMIN_KEY     key of the admin API and of npx convex (made and kept like the signing secret)

Exit codes: 0 stopped, 1 could not start, 2 wrong usage.
`;

/** Errors whose message is written for the operator. */
const EXPECTED = new Set([
  "config_invalid",
  "data_directory_unusable",
  "data_of_other_stripe",
  "store_in_use",
  "StoreUnavailable",
  "SchemaMismatch",
  "address_in_use",
  "address_unusable",
  "functions_folder_unusable",
  "InvalidSchema",
]);

/**
 * Runs the gateway until it is told to stop.
 *
 * @param describe what is written once it is ready
 * @returns the exit code
 */
export async function main(
  args: readonly string[],
  describe: typeof startUpText = startUpText,
): Promise<number> {
  let functionsDirectory: string | null;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { functions: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    functionsDirectory = values.functions === undefined ? null : resolve(values.functions);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nSee: npm start -- --help\n`);
    return 2;
  }
  try {
    await run(functionsDirectory, describe);
    return 0;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const isExpected = code !== undefined && EXPECTED.has(code);
    process.stderr.write(
      `Tollgate could not start: ${isExpected ? message : ((error as Error).stack ?? message)}\n`,
    );
    return 1;
  }
}

async function run(functionsDirectory: string | null, describe: typeof startUpText): Promise<void> {
  const config = readConfig(process.env);
  const log = config.log === "json" ? createJsonLog() : createLineLog();
  // Before anything runs: whoever reads that it is ready may stop it at once.
  const signalled = firstSignal();
  boundHeap();
  keepCompiled();
  const { startGateway } = await import("./node/gateway.ts");
  const gateway = await startGateway(config, log, functionsDirectory);
  process.stdout.write(describe(config, gateway));
  const stopWatchdog = startWatchdog();
  const signal = await signalled;
  log.info("stopping", { signal });
  await gateway.close();
  await stopWatchdog();
  log.info("stopped");
}

/** Resolves on the first request to stop. A second one ends the process at once, as usual. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => resolve(signal));
    }
  });
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Whoever read the output has gone; the gateway goes on.
  if (error.code !== "EPIPE") {
    throw error;
  }
});
if (import.meta.main) {
  // Not by itself: a scheduled action that still runs, to be recorded as failed, would hold the process.
  process.exit(await main(process.argv.slice(2)));
}
