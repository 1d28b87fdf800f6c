import type { AsyncContext } from "../ports.ts";
import type { DirectAccess } from "./direct/DirectAccess.ts";
import type { FunctionExecution } from "./FunctionExecution.ts";

/**
 * Answers the syscalls of one running function. The `convex` package sends operation names such as
 * "1.0/get" with JSON text, through the global `Convex`.
 */
export interface SyscallHandler {
  readonly execution: FunctionExecution;
  /** Database calls without JSON, for queries and mutations. */
  readonly direct?: DirectAccess;
  /** Throws to fail. */
  syscall(operation: string, argumentText: string): string;
  /** Rejects to fail; a rejection with `data` (Convex JSON) becomes a `ConvexError` in the function. */
  asyncSyscall(operation: string, argumentText: string): Promise<string>;
  jsSyscall(operation: string, argument: Record<string, unknown>): unknown;
}

interface ConvexGlobal {
  Convex?: Omit<SyscallHandler, "execution" | "direct"> & { context: AsyncContext<SyscallHandler> };
}

/**
 * Puts the global `Convex` in place. It finds the running function's handler through `context`, so
 * functions that interleave, and several engines in one process, never mix; they must share `context`.
 *
 * @throws Error when another context is installed already
 */
export function installConvexGlobal(context: AsyncContext<SyscallHandler>): void {
  const holder = globalThis as ConvexGlobal;
  if (holder.Convex !== undefined) {
    if (holder.Convex.context !== context) {
      throw new Error("the global Convex belongs to another host in this process");
    }
    return;
  }
  const handler = (): SyscallHandler => {
    const current = context.getStore();
    if (current === undefined) {
      throw new Error("Can't use database at import time, or after the function has returned.");
    }
    return current;
  };
  holder.Convex = {
    context,
    syscall: (operation, argumentText) => handler().syscall(operation, argumentText),
    asyncSyscall: async (operation, argumentText) =>
      handler().asyncSyscall(operation, argumentText),
    jsSyscall: (operation, argument) => handler().jsSyscall(operation, argument),
  };
}
