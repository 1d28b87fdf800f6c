import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { API_VERSION } from "../apiVersion.ts";
import { invalidRequest, StripeError } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { expand } from "./expand.ts";
import { formerAnswer, keepAnswer } from "./idempotency.ts";
import { type FormValue, parseForm } from "./parseForm.ts";
import type { Route } from "./Route.ts";
import { readBody } from "./readBody.ts";

/** Runs one transaction of the sandbox, after everything that is due has happened. */
export type Transact = <T>(body: (world: World) => T) => Promise<T>;

type Variables = { Variables: { requestId: string } };
type ApiContext = Context<Variables>;

/**
 * Stripe's HTTP API: one `Route` for each request, and everything that all of them share, which is keys,
 * version, form encoding, request ids, idempotency, expansion and the shape of errors.
 *
 * @param newRequestId makes an id in Stripe's form
 */
export function createApi(
  routes: readonly Route[],
  transact: Transact,
  newRequestId: () => string,
): Hono<Variables> {
  const app = new Hono<Variables>();
  app.use("*", async (c, next) => {
    c.set("requestId", newRequestId());
    await next();
    c.header("Request-Id", c.get("requestId"));
    c.header("Stripe-Version", c.req.header("stripe-version") ?? API_VERSION);
    c.header("Cache-Control", "no-store");
  });
  app.onError((error, c) => errorAnswer(error, c));
  app.use("*", async (c, next) => {
    checkHeaders(c);
    await next();
  });
  for (const route of routes) {
    app.on(route.method, route.path, (c) => answer(c, route, transact));
  }
  app.all("*", (c) => {
    throw unrecognized(c);
  });
  return app;
}

/** Stripe has requests of these names where an id could stand. */
const NO_IDS = ["create_preview", "search", "upcoming"];

function unrecognized(c: ApiContext): StripeError {
  const { pathname } = new URL(c.req.url);
  return invalidRequest(
    `Unrecognized request URL (${c.req.method}: ${pathname}). Either Stripe does not have it or the sandbox does not imitate it; docs/sandbox.md lists what it does.`,
    { status: 404, code: "sandbox_not_imitated" },
  );
}

async function answer(c: ApiContext, route: Route, transact: Transact): Promise<Response> {
  if (NO_IDS.includes(c.req.param("id") ?? "")) {
    throw unrecognized(c);
  }
  const url = new URL(c.req.url);
  const text = route.method === "GET" ? url.search.slice(1) : await bodyOf(c, url);
  const key = route.method === "POST" ? (c.req.header("idempotency-key") ?? null) : null;
  const origin = { id: c.get("requestId"), idempotency_key: key };
  const request = `${route.method} ${url.pathname} ${text}`;
  const run = (world: World): { status: number; body: string; isReplay: boolean } => {
    const former = key === null ? undefined : formerAnswer(world, key, request);
    if (former !== undefined) {
      return { ...former, isReplay: true };
    }
    const done = world.onBehalfOf(origin, () => perform(world, route, text, c, url.origin));
    if (key !== null) {
      keepAnswer(world, key, request, done);
    }
    return { ...done, isReplay: false };
  };
  const { status, body, isReplay } = await transact(run);
  if (key !== null) {
    c.header("Idempotency-Key", key);
  }
  if (isReplay) {
    c.header("Idempotent-Replayed", "true");
  }
  return c.body(body, status as ContentfulStatusCode, { "Content-Type": "application/json" });
}

/** A payment that failed is an outcome like any other: it stays, and is answered the same way again. */
function perform(
  world: World,
  route: Route,
  text: string,
  c: ApiContext,
  origin: string,
): { status: number; body: string } {
  try {
    const { paths, parameters } = withoutExpand(parseForm(text));
    const id = c.req.param("id") ?? "";
    const object = route.answer(world, parameters, { id, origin });
    return { status: 200, body: JSON.stringify(expand(world, object, paths)) };
  } catch (error) {
    if (error instanceof StripeError && error.keepsChanges) {
      return { status: error.status, body: JSON.stringify(error.body(c.get("requestId"))) };
    }
    throw error;
  }
}

async function bodyOf(c: ApiContext, url: URL): Promise<string> {
  const body = await readBody(c.req.raw);
  const contentType = c.req.header("content-type") ?? "";
  if (body !== "" && !contentType.startsWith("application/x-www-form-urlencoded")) {
    throw invalidRequest(
      "Invalid request (check that your POST content type is application/x-www-form-urlencoded).",
    );
  }
  return body === "" ? url.search.slice(1) : body;
}

function withoutExpand(given: Record<string, FormValue>): {
  paths: string[];
  parameters: Record<string, FormValue>;
} {
  const { expand: asked, ...parameters } = given;
  const paths = Array.isArray(asked) ? asked : asked === undefined ? [] : [asked];
  return { paths: paths.map(String), parameters };
}

function checkHeaders(c: ApiContext): void {
  const key = /^Bearer (\S+)$/.exec(c.req.header("authorization") ?? "")?.[1];
  if (key === undefined) {
    throw invalidRequest(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
      { status: 401 },
    );
  }
  if (!/^[rs]k_test_\w+$/.test(key)) {
    throw invalidRequest(
      "Invalid API Key provided: the sandbox takes any key sk_test_… or rk_test_….",
      {
        status: 401,
      },
    );
  }
  const version = c.req.header("stripe-version");
  if (version !== undefined && version !== API_VERSION) {
    throw invalidRequest(`The sandbox speaks API version ${API_VERSION} only, not ${version}.`, {
      code: "sandbox_not_imitated",
    });
  }
  for (const header of ["stripe-account", "stripe-context"]) {
    if (c.req.header(header) !== undefined) {
      throw invalidRequest(`The sandbox has one account and does not imitate ${header}.`, {
        code: "sandbox_not_imitated",
      });
    }
  }
}

function errorAnswer(error: unknown, c: ApiContext): Response {
  const refusal =
    error instanceof StripeError
      ? error
      : new StripeError(
          "api_error",
          `Something went wrong in the sandbox: ${error instanceof Error ? error.message : "unknown"}`,
          { status: 500 },
        );
  if (refusal !== error) {
    // The SDK would try again what fails the same way every time.
    c.header("Stripe-Should-Retry", "false");
  }
  const body = refusal.body(c.get("requestId"));
  return c.json(body, refusal.status as ContentfulStatusCode);
}
