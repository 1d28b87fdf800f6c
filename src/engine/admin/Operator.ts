/** What a key may do: `read-only` runs queries and reads tables and logs, `admin` everything. */
export type AdminRole = "admin" | "read-only";

/** Who administers: whose key it was, for which user they act, and why, if they said so. */
export interface Operator {
  readonly keyName: string;
  readonly role: AdminRole;
  /** At most {@link MAX_REASON_CHARACTERS}. */
  readonly reason: string | null;
  /** Whether the key is still taken: it may be rotated or revoked while a connection lives. */
  isCurrent(): boolean;
}

export const MAX_REASON_CHARACTERS = 500;

/** The header in which a request says why; percent-encoded UTF-8, as a URL's query. */
export const REASON_HEADER = "operator-reason";

/** The reason of a request; null when there is none or it cannot be read. */
export function readReason(header: string | null): string | null {
  try {
    const reason = decodeURIComponent(header ?? "").trim();
    return reason === "" ? null : reason.slice(0, MAX_REASON_CHARACTERS);
  } catch {
    return null;
  }
}
