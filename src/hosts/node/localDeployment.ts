import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { AdminKeyInfo, AdminKeys } from "../../engine/admin/AdminKeys.ts";
import type { AdminRole, Operator } from "../../engine/admin/Operator.ts";
import { showStoredVariables } from "../../engine/admin/showStoredVariables.ts";
import { actingIdentity } from "../../engine/auth/actingIdentity.ts";
import {
  checkStoredDocuments,
  type StorageFlaw,
} from "../../engine/storage/checkStoredDocuments.ts";
import { DocumentStore } from "../../engine/storage/DocumentStore.ts";
import { TableCatalog } from "../../engine/storage/TableCatalog.ts";
import { loadFunctions } from "../loadFunctions.ts";
import type { Config } from "./config.ts";
import { createEngine } from "./createEngine.ts";
import { openDataDirectory } from "./dataDirectory.ts";
import { DATABASE_FILE, FUNCTIONS_DIRECTORY } from "./gateway.ts";
import { openNodeSqliteStore } from "./nodeSqliteStore.ts";
import { processEnvironment } from "./processEnvironment.ts";
import { SecretText } from "./SecretText.ts";
import { systemRandom } from "./systemPorts.ts";

export type { AdminKeyInfo } from "../../engine/admin/AdminKeys.ts";

/** The functions on a data directory that no gateway uses, in this process: no HTTP, no scheduler. */
export interface LocalDeployment {
  readonly databaseFile: string;
  /** Every document that is not stored as the engine stores it. @throws StoreError */
  flaws(): Iterable<StorageFlaw>;
  /**
   * Calls a function with an admin's rights; what it changes is recorded as an operator's action. The
   * functions are loaded on the first call.
   *
   * @throws FunctionError when it failed; StoreError; whatever a damaged document makes the engine throw
   */
  call(path: string, args: object): Promise<unknown>;
  readonly keys: LocalKeys;
  close(): Promise<void>;
}

/** The keys in the database. */
export interface LocalKeys {
  list(): Promise<AdminKeyInfo[]>;
  /** @throws RequestError as {@link AdminKeys}, and so do the others */
  create(name: string, role: string): Promise<string>;
  rotate(name: string, overlapSeconds: number): Promise<string>;
  revoke(name: string): Promise<void>;
}

/** `no_database`: there is nothing in the data directory. Nothing was made. */
export class NoDatabaseError extends Error {
  readonly code = "no_database";
  override readonly name = "NoDatabaseError";
}

/**
 * Opens the database of a data directory; makes nothing that is not there. Sets `STRIPE_WEBHOOK_SECRET` and
 * `STRIPE_MODE` of this process as the gateway does. Without a known secret signatures are not checked.
 *
 * @param caller why, for the record of what operators do, and attributes of the user to act as
 *
 * @throws NoDatabaseError, StoreInUseError, StoreError, DataDirectoryError
 */
export function openLocalDeployment(
  config: Config,
  { reason = null, actingAs = null }: { reason?: string | null; actingAs?: object | null } = {},
): LocalDeployment {
  const databaseFile = join(resolve(config.dataDirectory), DATABASE_FILE);
  if (!existsSync(databaseFile)) {
    throw new NoDatabaseError(
      `there is no database ${databaseFile}: name the data directory, or the address of a gateway`,
    );
  }
  const data = openDataDirectory(config.dataDirectory, systemRandom);
  const store = openNodeSqliteStore({ path: databaseFile });
  const isKept = existsSync(join(data.path, "webhook-secret"));
  const secrets = config.signingSecrets ?? (isKept ? data.secret("webhook-secret").value : null);
  if (secrets !== null) {
    process.env["STRIPE_WEBHOOK_SECRET"] = secrets.reveal();
  }
  if (config.stripeSecretKey === null && existsSync(join(data.path, "sandbox-key"))) {
    // What was read from the sandbox is sealed with it.
    process.env["STRIPE_SECRET_KEY"] ??= data.secret("sandbox-key").value.reveal();
  }
  process.env["STRIPE_MODE"] = config.stripeMode;
  const open = async () => {
    const environment = processEnvironment(/^STRIPE_/);
    showStoredVariables(new DocumentStore(store, new TableCatalog(store)), environment);
    const modules = await loadFunctions(FUNCTIONS_DIRECTORY);
    const log = { info: () => undefined, error: () => undefined };
    const engine = createEngine({ store, modules, environment, log });
    if (existsSync(join(data.path, "admin-key"))) {
      const key = data.secret("admin-key").value.reveal();
      const replace = (next: string) => data.replaceSecret("admin-key", new SecretText(next));
      engine.adminKeys.give({ name: "local", key, replace });
    }
    return engine;
  };
  let opened: ReturnType<typeof open> | null = null;
  const engine = () => {
    opened ??= open();
    return opened;
  };
  const operator: Operator = {
    ...{ keyName: "data directory", role: "admin", reason },
    isCurrent: () => true,
  };
  const keys = async (): Promise<AdminKeys> => (await engine()).adminKeys;
  return {
    databaseFile,
    flaws: () => checkStoredDocuments(store, new TableCatalog(store)),
    call: async (path, args) => {
      const identity = actingIdentity(actingAs);
      const caller = { audience: "insider", identity, operator } as const;
      const result = await (await engine()).call(path, "any", args as never, caller);
      return JSON.parse(result.valueText);
    },
    keys: {
      list: async () => (await keys()).list(),
      create: async (name, role) => await (await keys()).create(name, role as AdminRole, operator),
      rotate: async (name, seconds) => await (await keys()).rotate(name, seconds, operator),
      revoke: async (name) => await (await keys()).revoke(name, operator),
    },
    close: async () => {
      await (await opened?.catch(() => null))?.close();
      store.close();
    },
  };
}
