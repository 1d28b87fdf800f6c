/**
 * Every bound of the engine, in one place. Where Convex publishes a limit, ours is the same number, so
 * that functions which run here also run there.
 */

const MIB = 1024 * 1024;

/** Convex: 16 MiB of arguments, 16 MiB of result. Measured on their JSON text. */
export const MAX_ARGUMENTS_BYTES = 16 * MIB;
export const MAX_RESULT_BYTES = 16 * MIB;

/** Convex, per transaction. Read bytes are measured on the stored JSON text. */
export const MAX_DOCUMENTS_READ = 32_000;
export const MAX_BYTES_READ = 16 * MIB;
export const MAX_INDEX_RANGES_READ = 4_096;
export const MAX_DOCUMENTS_WRITTEN = 16_000;
export const MAX_BYTES_WRITTEN = 16 * MIB;

/** Convex: queries and mutations that call each other, 8 deep. */
export const MAX_CALL_DEPTH = 8;

/** Convex: an action may take 10 minutes (its Node runtime). */
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

/** Ours: actions (HTTP actions included) running at once. */
export const MAX_CONCURRENT_ACTIONS = 4_096;
