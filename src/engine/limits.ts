/**
 * Every bound of the engine, in one place. Where Convex publishes a limit, ours is the same number, so
 * that functions which run here also run there.
 */

const MIB = 1024 * 1024;

/** Convex, for every value, be it an argument, a result or part of a document. */
export const MAX_ARRAY_ELEMENTS = 8_192;
export const MAX_OBJECT_FIELDS = 1_024;
export const MAX_VALUE_NESTING = 64;

/** Convex, for a document, system fields included. */
export const MAX_DOCUMENT_BYTES = MIB;
export const MAX_DOCUMENT_NESTING = 16;

/** Convex: 16 MiB of arguments, 16 MiB of result, as `getConvexSize` measures them. */
export const MAX_ARGUMENTS_BYTES = 16 * MIB;
export const MAX_RESULT_BYTES = 16 * MIB;

/** Convex, per transaction. Read bytes are those of the stored JSON text in UTF-8. */
export const MAX_DOCUMENTS_READ = 32_000;
export const MAX_BYTES_READ = 16 * MIB;
export const MAX_INDEX_RANGES_READ = 4_096;
export const MAX_DOCUMENTS_WRITTEN = 16_000;
export const MAX_BYTES_WRITTEN = 16 * MIB;

/** Convex: tables of a deployment that ever existed; their numbers are not given again. */
export const MAX_TABLES = 10_000;

/** Convex: queries and mutations that call each other, 8 deep. */
export const MAX_CALL_DEPTH = 8;

/** Ours: actions that call each other. Each holds a slot of {@link MAX_CONCURRENT_ACTIONS} meanwhile. */
export const MAX_ACTION_CALL_DEPTH = 64;

/** Convex: an action may take 10 minutes (its Node runtime; 30 in its own). */
export const MAX_ACTION_MS = 10 * 60 * 1_000;

/** Convex: operators (filters and limits) of one database query. */
export const MAX_QUERY_OPERATORS = 256;

/** Convex: largest request body of the function API ("16 MiB plus a little"). */
export const MAX_API_BODY_BYTES = MAX_ARGUMENTS_BYTES + 64 * 1024;

/** Ours: transactions waiting for the writer before callers are told to come back. */
export const MAX_QUEUED_TRANSACTIONS = 10_000;
/** Ours: a batch shares one disk sync; it ends when either bound is met. */
export const MAX_BATCH_TRANSACTIONS = 256;
export const MAX_BATCH_MS = 20;

/** Ours: rows fetched by one SQL statement of a scan; grows from the first to the second. */
export const SCAN_CHUNK_ROWS_FIRST = 16;
export const SCAN_CHUNK_ROWS_MAX = 512;

/** Ours: characters of document texts kept at hand after they were read or written. */
export const MAX_REMEMBERED_CHARACTERS = 4 * 1_024 * 1_024;

/** Ours: actions (HTTP actions included) running at once. */
export const MAX_CONCURRENT_ACTIONS = 4_096;

/** Ours: longest token that is looked at; Convex has only the bound of its HTTP headers. */
export const MAX_AUTH_TOKEN_CHARACTERS = 32 * 1024;
/** Convex: clocks may differ by this much when the times in a token are checked. */
export const AUTH_LEEWAY_SECONDS = 5;
/** Ours: a provider's discovery document or key set. */
export const MAX_AUTH_DOCUMENT_BYTES = 256 * 1024;
export const AUTH_FETCH_TIMEOUT_MS = 5_000;
/** Ours: age at which keys are fetched again, and at which they are no longer used when that fails. */
export const AUTH_KEYS_FRESH_MS = 10 * 60 * 1_000;
export const AUTH_KEYS_USABLE_MS = 60 * 60 * 1_000;
/** Ours: a provider is asked for keys at most this often, whatever tokens say and whether it answers. */
export const AUTH_KEYS_MIN_INTERVAL_MS = 10_000;

/** Convex, per mutation: jobs scheduled, and the size of their arguments together. */
export const MAX_FUNCTIONS_SCHEDULED = 1_000;
export const MAX_SCHEDULED_ARGUMENTS_BYTES = 16 * MIB;
/** Convex: "5 years" from now, ahead or back. */
export const MAX_SCHEDULING_DISTANCE_MS = 5 * 366 * 24 * 60 * 60 * 1_000;
/** Convex: scheduled functions running at once; as many crons besides. */
export const MAX_RUNNING_JOBS = 8;
/** Convex: waits after a failure of the system, doubled from the first to the second. */
export const JOB_RETRY_FIRST_MS = 500;
export const SCHEDULED_FUNCTION_RETRY_MAX_MS = 2 * 60 * 60 * 1_000;
export const CRON_RETRY_MAX_MS = 15_000;
/** Ours: jobs waiting to be tried again that are remembered; beyond, nothing new is started. */
export const MAX_JOBS_IN_RETRY = 1_000;
/** Convex: how long finished jobs stay readable, and how many are removed in one transaction. */
export const SCHEDULED_FUNCTION_RETENTION_MS = 7 * 24 * 60 * 60 * 1_000;
export const SCHEDULED_FUNCTION_REMOVAL_BATCH = 1_000;
/** Convex waits this long between full batches; ours: how often to look when there was less. */
export const SCHEDULED_FUNCTION_REMOVAL_DELAY_MS = 10_000;
export const SCHEDULED_FUNCTION_REMOVAL_INTERVAL_MS = 60 * 60 * 1_000;
/** Convex: runs kept of each cron, and how much of a run's result. */
export const MAX_CRON_LOGS = 5;
export const MAX_CRON_RESULT_CHARACTERS = 1_000;

/** Convex: a query's or mutation's own code, and its database calls together. */
export const MAX_TRANSACTION_FUNCTION_MS = 1_000;
export const MAX_SYSCALLS_MS = 15_000;
/** Ours: how long a query or mutation may wait for `crypto.subtle`, which works on other threads. */
export const MAX_CRYPTO_WAIT_MS = 1_000;

/** Convex, per function run: lines of its console, the last of which says that some are missing. */
export const MAX_LOG_LINES = 256;
export const MAX_LOG_LINE_BYTES = 32_768;

/** Convex: body of an HTTP action's response. */
export const MAX_HTTP_RESPONSE_BYTES = 20 * MIB;

/** Convex: environment variables, their names, values, and all of it together. */
export const MAX_ENVIRONMENT_VARIABLES = 512;
export const MAX_ENVIRONMENT_VARIABLE_NAME_CHARACTERS = 256;
export const MAX_ENVIRONMENT_VARIABLE_VALUE_BYTES = 8 * 1024;
export const MAX_ENVIRONMENT_VARIABLES_BYTES = 512 * 1024;

/** Convex: what one page of a table may read when an admin looks at it. */
export const MAX_SYSTEM_PAGE_DOCUMENTS = 10_000;
export const MAX_SYSTEM_PAGE_BYTES = 5_000_000;

/** Ours: body of an admin request: every environment variable at once, escaped. */
export const MAX_ADMIN_BODY_BYTES = 2 * MIB;

/** Ours: keys of admins, old ones that a rotation keeps included; what they and their names may be. */
export const MAX_ADMIN_KEYS = 64;
export const MAX_ADMIN_KEY_CHARACTERS = 1_024;
export const MAX_ADMIN_KEY_NAME_CHARACTERS = 40;
export const MAX_ADMIN_KEY_OVERLAP_SECONDS = 30 * 24 * 60 * 60;
/** Ours: when a key was used last is written down this much later. */
export const ADMIN_KEY_USE_WRITTEN_MS = 60_000;

/** Ours: wrong keys of one address that are refused at once, and for how long they count. */
export const FREE_FAILED_TRIES = 10;
export const FAILED_TRIES_FORGOTTEN_MS = 15 * 60 * 1_000;
export const MAX_FAILED_TRY_DELAY_MS = 4_000;
/** Ours: addresses that are remembered, and refusals that are held back. */
export const MAX_FAILED_TRY_SOURCES = 1_024;
export const MAX_HELD_REFUSALS = 256;

/** Ours: how long actions of operators are kept; arguments, and results, of one. */
export const OPERATOR_ACTION_KEPT_MS = 400 * 24 * 60 * 60 * 1_000;
export const MAX_OPERATOR_ACTION_CHARACTERS = 2_000;

/** Ours: executions that the log remembers, and the size of their lines together. */
export const MAX_LOGGED_EXECUTIONS = 1_000;
export const MAX_LOGGED_CHARACTERS = 4 * MIB;
/** Convex: how long a request for the log waits for something to tell. Ours: how many may wait. */
export const LOG_POLL_MS = 60_000;
export const MAX_LOG_POLLS = 64;

/** Ours: commits remembered, to tell whether an older timestamp's result still holds. */
export const MAX_RECENT_COMMITS = 256;
export const MAX_RECENT_COMMITS_BYTES = 2 * MIB;

/** Convex: the outcome of a client's mutation is kept for two weeks, in case the client asks again. */
export const SESSION_REQUEST_KEPT_MS = 14 * 24 * 60 * 60 * 1_000;
/** Ours: outcomes kept; the oldest goes first. */
export const MAX_SESSION_REQUESTS = 1_000_000;

/** Ours: largest frame a sync client may send: one call with the largest arguments. */
export const MAX_SYNC_MESSAGE_BYTES = MAX_API_BODY_BYTES;
/** Convex: a larger transition is sent in parts of this size. */
export const MAX_TRANSITION_BYTES = 5_000_000;
/** Convex: mutations that wait, and actions that run, for one connection. */
export const MAX_SYNC_WAITING_MUTATIONS = 1_000;
export const MAX_SYNC_RUNNING_ACTIONS = 1_000;
/** Convex: transitions on the way to a slow client before the next one waits for them. */
export const MAX_SYNC_UNSENT_TRANSITIONS = 2;
/** Ours: text on the way to a slow client before nothing more is done for it. */
export const MAX_SYNC_UNSENT_CHARACTERS = 16 * MIB;
/** Ours: text of messages that one connection has sent and that are not worked off. */
export const MAX_SYNC_WAITING_CHARACTERS = 64 * MIB;
/** Ours: live queries of one connection, and connections. */
export const MAX_SYNC_QUERIES = 16_384;
export const MAX_SYNC_SESSIONS = 10_000;
/** Convex: a client that hears nothing for a minute reconnects, so it is sent a ping before. */
export const SYNC_PING_AFTER_MS = 15_000;
/** Ours: queries of one `query_batch`. */
export const MAX_BATCHED_QUERIES = 1_000;
