import type { FunctionRegistry } from "../functions/FunctionRegistry.ts";
import type { Clock, Log, Timer } from "../ports.ts";
import type { FunctionCall, FunctionRunner } from "../runtime/FunctionRunner.ts";
import type { Writer } from "../runtime/Writer.ts";
import type { JobCall, JobHost } from "./JobHost.ts";

/** What the scheduler works with, made of what the engine runs everything with. */
export function createJobHost(options: {
  runner: FunctionRunner;
  writer: Writer;
  registry: FunctionRegistry;
  clock: Clock;
  timer: Timer;
  log: Log;
  isClosed(): boolean;
}): JobHost {
  const { runner, writer, ...rest } = options;
  return {
    ...rest,
    transact: (work) => writer.run(work),
    runMutation: async (transaction, call) =>
      (await runner.runIn(transaction, functionCall(call))).valueText,
    runAction: async (call, begin) =>
      (await runner.runActionAfter(begin, functionCall(call)))?.valueText ?? null,
  };
}

function functionCall(call: JobCall): FunctionCall {
  const calledThrough = call.scheduledFunctionId === null ? "Cron" : "Scheduler";
  return { ...call, identity: null, calledThrough };
}
