import type { DocumentStore } from "./DocumentStore.ts";
import type { SqlStore } from "./SqlStore.ts";
import type { IndexDefinition } from "./TableCatalog.ts";

/** A table of the engine's own. Functions cannot write it; see also {@link isPrivateSystemTable}. */
export interface SystemTable {
  readonly name: string;
  /** Below the numbers of user tables, and for ever: ids carry it. */
  readonly number: number;
  readonly indexes: readonly Pick<IndexDefinition, "name" | "fields">[];
}

/** Jobs of `ctx.scheduler`, in exactly the shape in which Convex shows them. */
export const SCHEDULED_FUNCTIONS: SystemTable = {
  name: "_scheduled_functions",
  number: 16,
  indexes: [
    { name: "by_state_and_scheduled_time", fields: ["state.kind", "scheduledTime"] },
    { name: "by_completed_time", fields: ["completedTime"] },
  ],
};

/** Each cron with its next run. */
export const CRON_JOBS: SystemTable = {
  name: "_cron_jobs",
  number: 17,
  indexes: [
    { name: "by_name", fields: ["name"] },
    { name: "by_next_run", fields: ["nextRunMs"] },
  ],
};

/** The last runs of each cron. */
export const CRON_JOB_LOGS: SystemTable = {
  name: "_cron_job_logs",
  number: 18,
  indexes: [{ name: "by_name", fields: ["name"] }],
};

/** The deployment's environment variables; not those of the process. */
export const ENVIRONMENT_VARIABLES: SystemTable = {
  name: "_environment_variables",
  number: 19,
  indexes: [{ name: "by_name", fields: ["name"] }],
};

/** Hashes of the keys of admins, with names and roles. */
export const ADMIN_KEYS: SystemTable = {
  name: "_admin_keys",
  number: 20,
  indexes: [{ name: "by_name", fields: ["name"] }],
};

/** What admins did. */
export const OPERATOR_ACTIONS: SystemTable = {
  name: "_operator_actions",
  number: 21,
  indexes: [{ name: "by_key_name", fields: ["keyName"] }],
};

/** Outcomes of mutations that clients asked for over a connection which may break. */
export const SESSION_REQUESTS: SystemTable = {
  name: "_session_requests",
  number: 32,
  indexes: [{ name: "by_session_and_request", fields: ["sessionId", "requestId"] }],
};

const SYSTEM_TABLES = [
  SESSION_REQUESTS,
  SCHEDULED_FUNCTIONS,
  CRON_JOBS,
  CRON_JOB_LOGS,
  ENVIRONMENT_VARIABLES,
  ADMIN_KEYS,
  OPERATOR_ACTIONS,
];

const noDocumentsYet = (): void => undefined;

/** Convex: names of system tables, and no others, begin with an underscore. */
export function isSystemTable(tableName: string): boolean {
  return tableName.startsWith("_");
}

/** Convex: of the system tables, functions of the app see only these. */
export function isPrivateSystemTable(tableName: string): boolean {
  return isSystemTable(tableName) && tableName !== SCHEDULED_FUNCTIONS.name;
}

/** Tables that may hold secrets: not even admins see their documents as they are. */
export function isSecretSystemTable(tableName: string): boolean {
  return [ENVIRONMENT_VARIABLES, ADMIN_KEYS, SESSION_REQUESTS].some(
    ({ name }) => name === tableName,
  );
}

/** Makes the system tables and indexes that are not there yet, all or nothing. */
export function createSystemTables(store: SqlStore, documents: DocumentStore): void {
  const { catalog } = documents;
  try {
    store.transaction(() => {
      for (const { name, number, indexes } of SYSTEM_TABLES) {
        if (catalog.byName(name) === undefined) {
          const table = catalog.createTable(name, number);
          for (const index of indexes) {
            catalog.createIndex(
              catalog.byName(name) ?? table,
              index.name,
              index.fields,
              noDocumentsYet,
            );
          }
        }
      }
    });
  } catch (error) {
    catalog.reload();
    throw error;
  }
}
