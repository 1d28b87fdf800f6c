import type { AdminKeyInfo } from "../../hosts/node/localDeployment.ts";
import type { Deployment } from "../../internal/audit/deployment.ts";
import type { Finding } from "../../internal/audit/finding.ts";

/** A deployment that a command works on. */
export interface Connection extends Deployment {
  /** Where it is, for people. */
  readonly name: string;
  /** What only a deployment that runs can do; null for a data directory. Others may be writing meanwhile. */
  readonly running: Running | null;
  /**
   * Calls any function of it with an admin's rights.
   *
   * @throws FunctionFailedError when it was reached and failed, UnreachableError otherwise
   */
  call(path: string, args: object): Promise<unknown>;
  /** The keys of admins; see `AdminKeys` of the engine. @throws as {@link call}, `not_on_convex` */
  readonly keys: KeyRing;
  /** What operators did, newest first. @throws as {@link call}, `not_on_convex` */
  operatorActions(limit: number): Promise<unknown[]>;
  /** What the database's own file shows; nothing where it cannot be seen. @throws UnreachableError */
  fileFindings(): Finding[];
  close(): Promise<void>;
}

/** A deployment that runs. */
export interface Running {
  /**
   * Follows a query: its result now, and again whenever it changes, also after a connection that was lost.
   * Does not end by itself.
   *
   * @throws as {@link Connection.call}
   */
  watch(path: string, args: object, onResult: (result: unknown) => Promise<void>): Promise<never>;
  /** What ran since a cursor, 0: what is kept of it. Waits for something. @throws UnreachableError */
  logs(cursor: number): Promise<{ entries: LogEntry[]; newCursor: number }>;
}

/** One run of a function, as far as it is shown. */
export interface LogEntry {
  /** `Completion`, or on Convex `Progress`: lines of an action that still runs. */
  kind: string;
  udfType: string;
  identifier: string;
  /** When it ended, and how long it took, in seconds. */
  timestamp: number;
  executionTime: number;
  error: string | null;
  logLines: { messages: string[] }[];
  requestId: string;
}

/** What can be done with the keys of admins. A new key is given once. */
export interface KeyRing {
  list(): Promise<AdminKeyInfo[]>;
  create(name: string, role: string): Promise<string>;
  rotate(name: string, overlapSeconds: number): Promise<string>;
  revoke(name: string): Promise<void>;
}

/** The deployment could not be read. The message says how to mend it. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}
