import * as z from "zod";
import { contradictions, FUNCTION_VARIABLES, type Variables } from "../functionVariables.ts";

/** What `wrangler.toml` and `wrangler secret` bind to the Worker. Variables and secrets are texts. */
export type Bindings = Variables & {
  readonly GATEWAY: ObjectNamespace;
  readonly RELAY: ObjectNamespace;
};

/** Without these the Worker answers nothing but 503. */
export const REQUIRED_SECRETS = ["STRIPE_WEBHOOK_SECRET", "TOLLGATE_ADMIN_KEY"] as const;

/** In front of Convex the Worker needs no other: it holds no key of the deployment. */
export const REQUIRED_BEFORE_CONVEX = ["STRIPE_WEBHOOK_SECRET"] as const;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const VARIABLES = z.object(FUNCTION_VARIABLES);

/**
 * Why these variables cannot be used, one line each that names the variable and shows no value of a
 * secret; empty when they can.
 */
export function problemsOf(variables: Variables): string[] {
  const convex = variables["CONVEX_SITE_URL"];
  const required = convex === undefined ? REQUIRED_SECRETS : REQUIRED_BEFORE_CONVEX;
  const missing = required
    .filter((name) => variables[name] === undefined)
    .map((name) => `${name} is missing: set it with npx wrangler secret put ${name}`);
  const malformed = (VARIABLES.safeParse(variables).error?.issues ?? []).map(
    (issue) => `${issue.path.join(".")} ${issue.message}`,
  );
  return [...missing, ...malformed, ...contradictions(variables), ...convexProblems(convex)];
}

/** As {@link problemsOf}; bindings do not change while an isolate lives. */
export function bindingProblems(bindings: Bindings): string[] {
  let problems = known.get(bindings);
  if (problems === undefined) {
    problems = problemsOf(bindings);
    known.set(bindings, problems);
  }
  return problems;
}

const known = new WeakMap<Bindings, string[]>();

/** 503 with the names of what has to be set, and nothing of the values. */
export function misconfigured(problems: readonly string[]): Response {
  const names = [...new Set(problems.map((problem) => problem.split(" ", 1)[0]))];
  return Response.json(
    { code: "config_invalid", message: `The Worker is not configured: ${names.join(", ")}.` },
    { status: 503, headers: { "Retry-After": "60" } },
  );
}

function convexProblems(convex: string | undefined): string[] {
  if (convex === undefined) {
    return [];
  }
  const url = URL.parse(convex);
  const isOrigin = url !== null && url.origin === convex;
  const isSafe =
    url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname));
  return isOrigin && isSafe
    ? []
    : ["CONVEX_SITE_URL is not the address of HTTP actions, like https://name.convex.site"];
}
