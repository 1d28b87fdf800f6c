import type { Deployment } from "../../internal/audit/deployment.ts";
import type { Finding } from "../../internal/audit/finding.ts";

/** A deployment that a command works on. */
export interface Connection extends Deployment {
  /** Where it is, for people. */
  readonly name: string;
  /** Others may be writing meanwhile. */
  readonly isShared: boolean;
  /**
   * Calls any function of it with an admin's rights.
   *
   * @throws FunctionFailedError when it was reached and failed, UnreachableError otherwise
   */
  call(path: string, args: object): Promise<unknown>;
  /** What the database's own file shows; nothing where it cannot be seen. @throws UnreachableError */
  fileFindings(): Finding[];
  close(): Promise<void>;
}

/** The deployment could not be read. The message says how to mend it. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}
