import type { AsyncContext } from "../../engine/ports.ts";
import type { SyscallHandler } from "../../engine/runtime/convexGlobal.ts";
import { systemAsyncContext } from "./systemPorts.ts";

/** Carries the running function through its awaits: one for all engines of this process, as the `convex`
 * package knows one global only. */
export const functionContext: AsyncContext<SyscallHandler> = systemAsyncContext();
