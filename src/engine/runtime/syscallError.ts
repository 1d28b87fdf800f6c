import type { JSONValue } from "convex/values";
import { FunctionError } from "../errors.ts";

/**
 * What the `convex` package expects from a failed syscall: `message`, and `data` as Convex JSON when the
 * caller shall see a `ConvexError`.
 */
export class SyscallError extends Error {
  override readonly name = "SyscallError";
  readonly data?: JSONValue;

  constructor(message: string, data?: JSONValue) {
    super(message);
    if (data !== undefined) {
      this.data = data;
    }
  }

  static from(error: unknown): SyscallError {
    if (error instanceof FunctionError) {
      return new SyscallError(error.message, error.data);
    }
    return new SyscallError(error instanceof Error ? error.message : String(error));
  }
}
