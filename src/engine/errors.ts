import type { JSONValue } from "convex/values";

/**
 * A refusal by the engine itself (not thrown by a function's own code): its message is the text Convex
 * uses and may leave the building.
 */
export class EngineError extends Error {
  override readonly name: string = "EngineError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The request cannot be understood at all: an HTTP 4xx/5xx `{code, message}`, not a function result. */
export class RequestError extends EngineError {
  override readonly name = "RequestError";
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(code, message);
    this.status = status;
  }
}

/** Too much is waiting already. Nothing was started; the caller may try again. */
export class OverloadedError extends EngineError {
  override readonly name = "OverloadedError";

  constructor(message: string, code = "TooManyConcurrentRequests") {
    super(code, message);
  }
}

/**
 * How a function run failed, as its caller sees it. `message` is Convex's text ("Uncaught Error: …",
 * "ArgumentValidationError: …"); `data` is the Convex JSON of a `ConvexError`. A mutation that failed
 * left no write behind.
 */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  readonly data: JSONValue | undefined;
  /** The class of what was thrown, for logs: never its text, which may quote arguments. */
  readonly kind: string;
  /** What the function wrote to its console before it failed. */
  logLines: string[] = [];
  /** Names the run in logs; null when none had begun. */
  requestId: string | null = null;

  constructor(message: string, data?: JSONValue, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.data = data;
    this.kind = cause instanceof Error ? cause.name : this.name;
  }
}
