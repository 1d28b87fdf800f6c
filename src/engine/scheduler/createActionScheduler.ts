import type { FunctionRegistry } from "../functions/FunctionRegistry.ts";
import type { ActionScheduler } from "../runtime/ActionSyscalls.ts";
import type { Writer } from "../runtime/Writer.ts";
import { ScheduledFunctions } from "./ScheduledFunctions.ts";

/**
 * `ctx.scheduler` of an action: each call is a transaction of its own, durable when it resolves.
 *
 * @param scheduledFunctionId the scheduled function that the action is, or belongs to
 */
export function createActionScheduler(
  writer: Writer,
  registry: FunctionRegistry,
  scheduledFunctionId: string | null,
): ActionScheduler {
  return {
    scheduledFunctionId,
    schedule: (path, args, ts) =>
      writer.run(async (transaction) => {
        const request = { path, args, ts, parentId: scheduledFunctionId };
        return new ScheduledFunctions(transaction).schedule(request, registry);
      }),
    // Convex keeps mutations from canceling themselves, not actions.
    cancel: (id) =>
      writer.run(async (transaction) => new ScheduledFunctions(transaction).cancel(id, null)),
  };
}
