import { httpInstrumentationMiddleware } from "@hono/otel";
import { type Context, context, createContextKey, type Tracer, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { Hono } from "hono";
import type { FollowedSteps, Tracing } from "../../../engine/ports.ts";
import { watchDeliveries } from "../../../routes/webhook/deliveryOutcome.ts";
import type { Answer } from "../Observation.ts";
import { systemStopwatch } from "../systemPorts.ts";

const WEBHOOK = "/stripe/webhook";

/** What is traced. Other paths are whatever a client writes, so none of them gets into a span. */
const ROUTES = [
  ...[WEBHOOK, "/checkout", "/checkout/return", "/portal", "/healthz"],
  ...["/api/query", "/api/mutation", "/api/action", "/api/function"],
];

const METHODS = ["GET", "HEAD", "POST", "OPTIONS"];

/** How long an export may take; also how long the last one may hold the end of the process. */
const EXPORT_TIMEOUT_MS = 3_000;

/** Where a request stands, for the spans inside of it. */
interface FollowedRequest {
  readonly startedMs: number;
  /** A delivery that still is read and verified. */
  isVerifying: boolean;
}

const REQUEST = createContextKey("tollgate request");

/**
 * Sends traces by OTLP over HTTP. A request is one span; in it stands `verify` for a delivery, and for each
 * query or mutation a span with `wait`, `run` and `commit`: its turn, its code, and the disk.
 *
 * Bounded: at most 2,048 spans wait to be sent, others are dropped; a receiver that is away costs nothing
 * else. Spans hold routes, names of functions, event ids, types and outcomes; no query of an address, no
 * header, argument, body or error text. A `traceparent` that a client sends is not believed.
 */
export class GatewayTracing implements Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #endWatch: () => void;

  /** @param endpoint address of the receiver; `/v1/traces` is added */
  constructor(endpoint: string) {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const exporter = new OTLPTraceExporter({
      url: `${endpoint}/v1/traces`,
      timeoutMillis: EXPORT_TIMEOUT_MS,
    });
    this.#provider = new TracerProvider({
      resource: defaultResource().merge(
        resourceFromAttributes({ "service.name": process.env["OTEL_SERVICE_NAME"] ?? "tollgate" }),
      ),
      spanProcessors: [
        new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_TIMEOUT_MS }),
      ],
    });
    this.#tracer = this.#provider.getTracer("tollgate");
    this.#endWatch = watchDeliveries(({ outcome, code, event }) =>
      trace.getActiveSpan()?.setAttributes({
        ...{ "tollgate.outcome": outcome, "tollgate.code": code },
        ...(event !== null && { "tollgate.event.id": event.id, "tollgate.event.type": event.type }),
      }),
    );
  }

  /** Puts a span around each answer. */
  around(answer: Answer): Answer {
    const app = new Hono<{ Bindings: { answer: () => Promise<Response> } }>();
    const middleware = httpInstrumentationMiddleware({
      tracerProvider: this.#provider,
      captureActiveRequests: false,
      getTime: nowMs,
    });
    for (const route of ROUTES) {
      app.all(route, middleware, ({ env, req }) => this.#answer(env.answer, req.path));
    }
    app.onError((error) => {
      throw error;
    });
    app.notFound(({ env }) => env.answer());
    return async (request, source) => {
      const { method, url } = request;
      if (!METHODS.includes(method)) {
        return await answer(request, source);
      }
      // Without the query, which may hold a signed link, and without headers.
      const shown = new Request(`http://tollgate${new URL(url).pathname}`, { method });
      return await app.fetch(shown, { answer: () => answer(request, source) });
    };
  }

  async follow<T>(name: string, run: (steps: FollowedSteps) => Promise<T>): Promise<T> {
    const parent = context.active();
    this.#endVerify(parent);
    const span = this.#tracer.startSpan(name, { startTime: nowMs() }, parent);
    const inside = trace.setSpan(parent, span);
    let step = this.#tracer.startSpan("wait", { startTime: nowMs() }, inside);
    const next = (stepName: string): void => {
      const atMs = nowMs();
      step.end(atMs);
      step = this.#tracer.startSpan(stepName, { startTime: atMs }, inside);
    };
    try {
      return await run({ begun: () => next("run"), ended: () => next("commit") });
    } catch (error) {
      span.setAttribute("error.type", error instanceof Error ? error.name : typeof error);
      throw error;
    } finally {
      const atMs = nowMs();
      step.end(atMs);
      span.end(atMs);
    }
  }

  /** Sends what is left, for a few seconds at most. */
  async close(): Promise<void> {
    this.#endWatch();
    await this.#provider.shutdown().catch(() => undefined);
    context.disable();
  }

  async #answer(answer: () => Promise<Response>, path: string): Promise<Response> {
    const request: FollowedRequest = { startedMs: nowMs(), isVerifying: path === WEBHOOK };
    const inside = context.active().setValue(REQUEST, request);
    try {
      return await context.with(inside, answer);
    } finally {
      this.#endVerify(inside);
    }
  }

  /** What a delivery takes before it asks for its first function is the reading and the check. */
  #endVerify(inside: Context): void {
    const request = inside.getValue(REQUEST) as FollowedRequest | undefined;
    if (request?.isVerifying === true) {
      request.isVerifying = false;
      this.#tracer.startSpan("verify", { startTime: request.startedMs }, inside).end(nowMs());
    }
  }
}

/** Milliseconds since 1970, to the microsecond; never backwards. */
function nowMs(): number {
  return performance.timeOrigin + systemStopwatch.elapsedMs();
}
