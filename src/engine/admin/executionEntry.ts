import { strippedPath } from "../functions/functionPath.ts";
import type { FunctionReport } from "../runtime/FunctionObserver.ts";

/**
 * A function's run as the log stream tells it, in Convex's shape: times in seconds, but for those of
 * lines, which are in milliseconds. What the engine does not measure is left out.
 */
export function executionEntry(report: FunctionReport): object {
  const { path, type, startedAtMs, durationMs, requestId } = report;
  const colon = path.lastIndexOf(":");
  const isFunction = type !== "HttpAction";
  return {
    kind: "Completion",
    udfType: type,
    componentPath: null,
    identifier: isFunction
      ? strippedPath({ module: path.slice(0, colon), functionName: path.slice(colon + 1) })
      : path,
    logLines: report.logLines,
    timestamp: (startedAtMs + durationMs) / 1_000,
    executionTimestamp: startedAtMs / 1_000,
    executionTime: durationMs / 1_000,
    cachedResult: false,
    caller: report.calledThrough,
    success: null,
    error: report.error,
    requestId,
    executionId: requestId,
    returnBytes: isFunction ? report.returnedCharacters : null,
    occInfo: null,
    willRetry: false,
    environment: "isolate",
  };
}
