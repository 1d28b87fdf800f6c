import { join } from "node:path";
import { Engine } from "../../engine/Engine.ts";
import { createConvexHttpApi } from "../../engine/http/convexHttpApi.ts";
import type { Log } from "../../engine/ports.ts";
import type { SyscallHandler } from "../../engine/runtime/convexGlobal.ts";
import { parseSigningSecrets, type SigningSecrets } from "../../stripe/signingSecrets.ts";
import { loadFunctions } from "../loadFunctions.ts";
import { adminKeyCheck } from "./adminKey.ts";
import type { Config } from "./config.ts";
import { type DataDirectory, openDataDirectory, type StoredSecret } from "./dataDirectory.ts";
import { startHttpServer } from "./httpServer.ts";
import { openNodeSqliteStore } from "./nodeSqliteStore.ts";
import type { SecretText } from "./SecretText.ts";
import { systemAsyncContext, systemClock, systemRandom, systemTimer } from "./systemPorts.ts";

/** The folder that holds Tollgate's own Convex functions. */
const FUNCTIONS_DIRECTORY = join(import.meta.dirname, "../../internal");

const DATABASE_FILE = "tollgate.sqlite";

/** HTTP actions also stand under this prefix, as on a Convex deployment's API port. */
const HTTP_PREFIX = "/http/";

/** One for all engines of the process: the `convex` package knows one global only. */
const context = systemAsyncContext<SyscallHandler>();

export interface Gateway {
  /** `http://host:port` */
  readonly url: string;
  readonly data: DataDirectory;
  readonly databaseFile: string;
  readonly signingSecrets: SigningSecrets;
  /** Where the signing secret is kept when the environment gave none. */
  readonly keptSigningSecret: StoredSecret | null;
  /** Where the admin key is kept when the environment gave none. */
  readonly keptAdminKey: StoredSecret | null;
  /** Finishes what was begun, answers it, and closes the store. */
  close(): Promise<void>;
}

/**
 * Starts the gateway in this process: data directory, SQLite store, engine with Tollgate's functions,
 * HTTP server. Resolves when deliveries can be taken. Sets `STRIPE_WEBHOOK_SECRET` and `STRIPE_MODE` of
 * this process, which is where functions read them, here and on Convex.
 *
 * @throws DataDirectoryError, StoreInUseError, StoreError, ListenError; nothing is left running
 */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  const data = openDataDirectory(config.dataDirectory, systemRandom);
  const databaseFile = join(data.path, DATABASE_FILE);
  // The store's lock also guards the secrets below against a second process.
  const store = openNodeSqliteStore({ path: databaseFile });
  try {
    const signing = givenOrKept(config.signingSecrets, () => data.secret("webhook-secret"));
    const admin = givenOrKept(config.adminKey, () => data.secret("admin-key"));
    process.env["STRIPE_WEBHOOK_SECRET"] = signing.value.reveal();
    process.env["STRIPE_MODE"] = config.stripeMode;
    const engine = new Engine({
      store,
      modules: await loadFunctions(FUNCTIONS_DIRECTORY),
      clock: systemClock,
      random: systemRandom,
      timer: systemTimer,
      context,
      log,
    });
    const api = createConvexHttpApi({
      engine,
      isAdminKey: adminKeyCheck(admin.value),
      random: systemRandom,
      log,
    });
    const server = await startHttpServer({
      host: config.host,
      port: config.port,
      fetch: async (request) =>
        (await api(request)) ?? (await engine.handleHttp(withoutPrefix(request), null)),
      log,
    });
    return {
      url: server.url,
      data,
      databaseFile,
      signingSecrets: parseSigningSecrets(signing.value.reveal()),
      keptSigningSecret: signing.kept,
      keptAdminKey: admin.kept,
      close: async () => {
        await server.close();
        await engine.idle();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

function givenOrKept(
  given: SecretText | null,
  keep: () => StoredSecret,
): { value: SecretText; kept: StoredSecret | null } {
  if (given !== null) {
    return { value: given, kept: null };
  }
  const kept = keep();
  return { value: kept.value, kept };
}

function withoutPrefix(request: Request): Request {
  const url = new URL(request.url);
  if (!url.pathname.startsWith(HTTP_PREFIX)) {
    return request;
  }
  url.pathname = url.pathname.slice(HTTP_PREFIX.length - 1);
  return new Request(url, request);
}
