import type { TableNumbers } from "../../../src/engine/schema/validator.ts";
import { encodeDocumentId } from "../../../src/engine/values/documentId.ts";

const NUMBERS: Record<string, number> = { plans: 10_001, users: 10_002, _scheduled_functions: 2 };

/** Two user tables and a system table. */
export const tables: TableNumbers = {
  numberOf: (tableName) => NUMBERS[tableName] ?? null,
  nameOf: (tableNumber) =>
    Object.keys(NUMBERS).find((name) => NUMBERS[name] === tableNumber) ?? null,
};

export const PLAN_ID = encodeDocumentId(10_001, new Uint8Array(16).fill(1));
export const USER_ID = encodeDocumentId(10_002, new Uint8Array(16).fill(2));
export const JOB_ID = encodeDocumentId(2, new Uint8Array(16).fill(3));
/** Well formed, of a table that does not exist. */
export const STRAY_ID = encodeDocumentId(10_003, new Uint8Array(16));
