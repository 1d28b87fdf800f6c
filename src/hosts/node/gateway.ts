import { join } from "node:path";
import type { GivenKey } from "../../engine/admin/AdminKeys.ts";
import { showStoredVariables } from "../../engine/admin/showStoredVariables.ts";
import type { Log } from "../../engine/ports.ts";
import { DocumentStore } from "../../engine/storage/DocumentStore.ts";
import { TableCatalog } from "../../engine/storage/TableCatalog.ts";
import { signingSecrets } from "../../internal/environment.ts";
import { tellDelivery } from "../../routes/webhook/deliveryOutcome.ts";
import { parseSigningSecrets, type SigningSecrets } from "../../stripe/signingSecrets.ts";
import { bundleFunctions } from "../functions/bundleFunctions.ts";
import { loadFunctions } from "../loadFunctions.ts";
import { openDoors } from "../openDoors.ts";
import { clientSource } from "./clientSource.ts";
import type { Config } from "./config.ts";
import { createEngine } from "./createEngine.ts";
import { createDashboard } from "./dashboard/createDashboard.ts";
import { type DataDirectory, openDataDirectory, type StoredSecret } from "./dataDirectory.ts";
import { startHttpServer } from "./httpServer.ts";
import { openNodeSqliteStore } from "./nodeSqliteStore.ts";
import { Observation } from "./Observation.ts";
import { processEnvironment } from "./processEnvironment.ts";
import { refuseForged } from "./refuseForged.ts";
import { mayHaveSandbox, refuseOtherAccount, refuseOtherMode } from "./refuseOtherStripe.ts";
import { SecretText } from "./SecretText.ts";
import { createDemoPage } from "./sandbox/createDemoPage.ts";
import { plansOfOwners } from "./sandbox/plansOfOwners.ts";
import { sandboxHoldsPlans } from "./sandbox/sandboxHoldsPlans.ts";
import type { HostedSandbox } from "./sandbox/startSandbox.ts";
import { GatewayExports } from "./snapshot/GatewayExports.ts";
import { systemClock, systemRandom, systemTimer } from "./systemPorts.ts";
import { webSocketSync } from "./webSocketSync.ts";

/** The folder that holds Tollgate's own Convex functions. */
export const FUNCTIONS_DIRECTORY = join(import.meta.dirname, "../../internal");

export const DATABASE_FILE = "tollgate.sqlite";

/** Another folder's documents never share a file with plans: its functions could write them. */
const OTHER_DATABASE_FILE = "functions.sqlite";
const BUILD_DIRECTORY = "functions-build";

/** Where functions and the CLI learn this deployment's address; an operator behind a proxy sets them. */
const OWN_URL_NAMES = ["CONVEX_CLOUD_URL", "CONVEX_SITE_URL"];

export interface Gateway {
  /** `http://host:port` */
  readonly url: string;
  readonly data: DataDirectory;
  readonly databaseFile: string;
  /** The folder that is hosted instead of Tollgate's own, or null. */
  readonly functionsDirectory: string | null;
  /** None when another folder is hosted: there is no webhook endpoint then. */
  readonly signingSecrets: SigningSecrets | null;
  /** Where the signing secret is kept when the environment gave none. */
  readonly keptSigningSecret: StoredSecret | null;
  /** Where the admin key is kept when the environment gave none. */
  readonly keptAdminKey: StoredSecret | null;
  /** Address of the sandbox that plays Stripe; null when there is none. */
  readonly sandboxUrl: string | null;
  /** Finishes what was begun, answers it, and closes the store. */
  close(): Promise<void>;
}

/**
 * Starts the gateway in this process: data directory, SQLite store, engine with Tollgate's functions,
 * HTTP server. Resolves when deliveries can be taken. Sets `STRIPE_WEBHOOK_SECRET`, `STRIPE_MODE`
 * and `TOLLGATE_LINK_SECRET` of this process, which is where functions read them, here and on Convex.
 * Tollgate's modules are loaded once in a process, and `auth.config` reads who may sign in when it is: a gateway
 * that is started after another one has the first one's issuers, so a second sandbox signs nobody in.
 *
 * @param functionsDirectory a folder of Convex functions to host instead of Tollgate's own, with a
 *   database of its own; nothing of Tollgate is served then but `GET /healthz`, unless the folder has it
 * @throws DataDirectoryError, OtherStripeError, StoreInUseError, StoreError, ListenError, FunctionsFolderError,
 *   SchemaError, EngineError SchemaMismatch; nothing is left running
 */
export async function startGateway(
  config: Config,
  log: Log,
  functionsDirectory: string | null = null,
): Promise<Gateway> {
  const data = openDataDirectory(config.dataDirectory, systemRandom);
  const isOwn = functionsDirectory === null;
  const databaseFile = join(data.path, isOwn ? DATABASE_FILE : OTHER_DATABASE_FILE);
  const hasSandbox = isOwn && mayHaveSandbox(config, data, databaseFile);
  // The store's lock also guards the secrets below against a second process.
  const store = openNodeSqliteStore({ path: databaseFile });
  let sandbox: HostedSandbox | null = null;
  let ownNames: string[] = [];
  let observation: Observation | null = null;
  try {
    observation = await Observation.begin(config);
    const { tracing } = observation;
    const signing = isOwn
      ? givenOrKept(config.signingSecrets, () => data.secret("webhook-secret"))
      : null;
    const admin = givenOrKept(config.adminKey, () => data.secret("admin-key"));
    if (signing !== null) {
      process.env["STRIPE_WEBHOOK_SECRET"] = signing.value.reveal();
      process.env["STRIPE_MODE"] = config.stripeMode;
      const links = givenOrKept(config.linkSecrets, () => data.secret("link-secret"));
      process.env["TOLLGATE_LINK_SECRET"] = links.value.reveal();
    }
    if (hasSandbox && config.sandbox !== null) {
      // Its code is of no use beside a real Stripe.
      const { startSandbox } = await import("./sandbox/startSandbox.ts");
      sandbox = await startSandbox(data, config.sandbox.port, log);
      const hasIssuer = Object.keys(process.env).some((name) => name.startsWith("TOLLGATE_AUTH_"));
      ownNames = provide({ ...sandbox.variables, ...(!hasIssuer && sandbox.authVariables) });
    }
    const environment = processEnvironment(isOwn ? /^STRIPE_/ : undefined);
    showStoredVariables(new DocumentStore(store, new TableCatalog(store)), environment);
    const modules = isOwn
      ? await loadFunctions(FUNCTIONS_DIRECTORY)
      : await bundleFunctions(functionsDirectory, join(data.path, BUILD_DIRECTORY));
    const snapshotExports = new GatewayExports({
      ...{ store, data, hasSandbox: hasSandbox || sandboxHoldsPlans(data) },
      schema: modules.get("schema.js")?.["default"],
    });
    const engine = createEngine({
      ...{ store, modules, environment, log, snapshotExports },
      ...(tracing !== null && { tracing }),
    });
    if (isOwn) {
      await refuseOtherMode(config, data, engine);
      await refuseOtherAccount(data, engine);
    }
    engine.adminKeys.give(givenAdminKey(admin, data));
    const doors = openDoors(engine, {
      clock: systemClock,
      timer: systemTimer,
      random: systemRandom,
      log,
    });
    const plans = plansOfOwners(engine);
    const demo = sandbox && createDemoPage({ issuer: sandbox.issuer, plans });
    const dashboard = isOwn ? createDashboard(log) : null;
    const answer = observation.observe({
      ...{ config, engine, doors, log },
      dataDirectory: isOwn ? data.path : null,
    });
    const server = await startHttpServer({
      host: config.host,
      port: config.port,
      upgrades: webSocketSync(doors.sessions),
      // It saves work and decides nothing: a trace shows all of the way instead.
      ...(isOwn && tracing === null && { filter: refuseForged(signingSecrets, tellForged) }),
      fetch: async (request, { incoming }) =>
        (await demo?.(request)) ??
        (await dashboard?.(request)) ??
        (await answer(request, clientSource(incoming))),
      log,
    });
    ownNames.push(...provide(Object.fromEntries(OWN_URL_NAMES.map((name) => [name, server.url]))));
    try {
      if (sandbox !== null && signing !== null) {
        await sandbox.introduce({ url: server.url, signingSecret: newest(signing.value), plans });
      }
      // Not before the address is known: what was due while the gateway was down runs now.
      await engine.start();
    } catch (error) {
      await server.close();
      throw error;
    }
    return {
      url: server.url,
      data,
      databaseFile,
      functionsDirectory,
      signingSecrets: signing && parseSigningSecrets(signing.value.reveal()),
      keptSigningSecret: signing?.kept ?? null,
      keptAdminKey: admin.kept,
      sandboxUrl: sandbox?.url ?? null,
      close: async () => {
        engine.executionLog.close();
        // What it delivers is still answered, and what functions ask of it too.
        await sandbox?.quiet();
        await server.close();
        await engine.close();
        await sandbox?.close();
        await snapshotExports.close();
        await observation?.close();
        store.close();
        withdraw(ownNames);
      },
    };
  } catch (error) {
    await sandbox?.quiet();
    await sandbox?.close();
    await observation?.close();
    store.close();
    withdraw(ownNames);
    throw error;
  }
}

function tellForged(durationMs: number): void {
  tellDelivery({ outcome: "refused", code: "signature_not_verified", event: null, durationMs });
}

/** Sets those variables of this process that the operator did not. @returns their names */
function provide(variables: Readonly<Record<string, string>>): string[] {
  const unset = Object.entries(variables).filter(([name]) => process.env[name] === undefined);
  for (const [name, value] of unset) {
    process.env[name] = value;
  }
  return unset.map(([name]) => name);
}

function withdraw(names: readonly string[]): void {
  for (const name of names) {
    delete process.env[name];
  }
}

/** Of several secrets, separated by commas, the one that new deliveries are signed with. */
function newest(secrets: SecretText): SecretText {
  return new SecretText(secrets.reveal().split(",")[0]?.trim() ?? "");
}

interface GivenOrKept {
  value: SecretText;
  kept: StoredSecret | null;
}

function givenOrKept(given: SecretText | null, keep: () => StoredSecret): GivenOrKept {
  if (given !== null) {
    return { value: given, kept: null };
  }
  const kept = keep();
  return { value: kept.value, kept };
}

/** The first key: of the environment, or of the file beside the database, which can be rotated. */
function givenAdminKey({ value, kept }: GivenOrKept, data: DataDirectory): GivenKey {
  const key = value.reveal();
  return kept === null
    ? { name: "environment", key, replace: null }
    : {
        ...{ name: "local", key },
        replace: (next) => data.replaceSecret("admin-key", new SecretText(next)),
      };
}
