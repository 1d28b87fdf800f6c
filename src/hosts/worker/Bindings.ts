import type { Variables } from "../functionVariables.ts";
import { problemsOf } from "./configuration.ts";

/** What `wrangler.toml` and `wrangler secret` bind to the Worker. Variables and secrets are texts. */
export type Bindings = Variables & {
  readonly GATEWAY: ObjectNamespace;
  readonly RELAY: ObjectNamespace;
};

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
