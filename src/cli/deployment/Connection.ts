import type { AdminKeyInfo } from "../../hosts/node/localDeployment.ts";
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
  /** The keys of admins; see `AdminKeys` of the engine. @throws as {@link call} */
  readonly keys: KeyRing;
  /** What the database's own file shows; nothing where it cannot be seen. @throws UnreachableError */
  fileFindings(): Finding[];
  close(): Promise<void>;
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
