import { OverloadedError, type RequestError } from "../errors.ts";
import type { HttpRouter } from "../functions/httpRouter.ts";
import type { Log } from "../ports.ts";
import { invokeHttpDirectly } from "../runtime/direct/invokeHttpDirectly.ts";
import type { FunctionRunner } from "../runtime/FunctionRunner.ts";
import type { Identity } from "../runtime/Identity.ts";
import { toFunctionError } from "../runtime/invokeFunction.ts";
import { StoreError } from "../storage/SqlStore.ts";
import { boundedResponse } from "./boundedResponse.ts";

const PATH = { module: "http.js", functionName: "default" };

/** Answers requests with the HTTP actions of a functions folder. */
export class HttpActions {
  readonly #router: HttpRouter | null;
  readonly #runner: FunctionRunner;
  readonly #log: Log;

  /** @param router null when the folder has no HTTP actions */
  constructor(router: HttpRouter | null, runner: FunctionRunner, log: Log) {
    this.#router = router;
    this.#runner = runner;
    this.#log = log;
  }

  /**
   * Never throws: a failed action is Convex's 500, which names the run, what was thrown and a
   * `ConvexError`'s data, and shows no stack; overload and a failing store are 503.
   *
   * @param identity a RequestError says why the request's token was refused: the action runs, and
   *   `getUserIdentity` throws it, as on Convex
   */
  async answer(request: Request, identity: Identity | RequestError | null): Promise<Response> {
    if (this.#router === null) {
      return new Response("This Convex deployment does not have HTTP actions enabled.", {
        status: 404,
      });
    }
    const { pathname } = new URL(request.url);
    try {
      const endpoint = this.#router.lookup(pathname, request.method);
      if (endpoint === null) {
        return new Response("No matching routes found", { status: 404 });
      }
      const name = `${request.method} ${pathname}`;
      return boundedResponse(
        await this.#runner.runHttpAction(PATH, name, identity, (call) =>
          endpoint._handler === undefined
            ? endpoint.invokeHttpAction(request)
            : invokeHttpDirectly(endpoint._handler, request, call),
        ),
      );
    } catch (error) {
      return this.#failure(error);
    }
  }

  #failure(error: unknown): Response {
    if (error instanceof OverloadedError || error instanceof StoreError) {
      return Response.json(
        { code: error.code, message: "The service can't answer right now. Try again later." },
        { status: 503, headers: { "Retry-After": "1" } },
      );
    }
    const { kind, message, data, requestId } = toFunctionError(error);
    this.#log.error("http_action_failed", { error: kind });
    const run = requestId === null ? "" : `[Request ID: ${requestId}] `;
    const trace = `${message}\n`;
    return Response.json({ code: `${run}Server Error: ${message}`, trace, data }, { status: 500 });
  }
}
