import type { Engine } from "../../engine/Engine.ts";
import type { Log } from "../../engine/ports.ts";
import { watchDeliveries } from "../../routes/webhook/deliveryOutcome.ts";

/**
 * Writes a line for each delivery and for each function that failed: ids, outcome, duration. Never a body,
 * an argument, or the text of an error, which may quote one. @returns a function that ends it
 */
export function logRuns(engine: Engine, log: Log): () => void {
  const ends = [
    watchDeliveries(({ outcome, code, event, durationMs }) =>
      log.info("delivery", {
        ...{ outcome, code },
        ...(event !== null && { eventId: event.id, eventType: event.type }),
        durationMs: rounded(durationMs),
      }),
    ),
    engine.onFunctionExecution(({ path, type, calledThrough, requestId, durationMs, error }) => {
      if (error !== null && type !== "HttpAction") {
        const name = path.replace(".js:", ":");
        log.info("function_failed", {
          ...{ function: name, type, calledThrough, requestId },
          durationMs: rounded(durationMs),
        });
      }
    }),
  ];
  return () => {
    for (const end of ends) {
      end();
    }
  };
}

/** To the microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
