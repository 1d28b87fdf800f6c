import type { z } from "zod";
import { invalidRequest, type StripeError } from "../StripeError.ts";
import type { FormValue } from "./parseForm.ts";

/**
 * The parameters of a request as `schema` describes them.
 *
 * @throws StripeError `parameter_unknown`, `parameter_missing`, `parameter_invalid_empty` or
 * `parameter_invalid`, with Stripe's spelling of the parameter's name
 */
export function readParameters<T>(schema: z.ZodType<T>, given: Record<string, FormValue>): T {
  const read = schema.safeParse(given);
  if (read.success) {
    return read.data;
  }
  throw refusalOf(deepest(read.error.issues, []), given);
}

interface Issue {
  readonly code?: string | undefined;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/** The first issue; of alternatives, the one that got furthest. */
function deepest(issues: readonly Issue[], prefix: readonly PropertyKey[]): Issue {
  const [first] = issues;
  if (first === undefined) {
    return { message: "Invalid request", path: prefix };
  }
  const path = [...prefix, ...first.path];
  const inner = (first.errors ?? [])
    .filter((alternative) => alternative.length > 0)
    .map((alternative) => deepest(alternative, path))
    .sort((a, b) => rankOf(b) - rankOf(a));
  return inner[0] ?? { ...first, path };
}

function rankOf({ code, path }: Issue): number {
  return path.length * 2 + (code === "unrecognized_keys" ? 1 : 0);
}

function refusalOf(issue: Issue, given: Record<string, FormValue>): StripeError {
  if (issue.code === "unrecognized_keys") {
    const param = nameOf([...issue.path, issue.keys?.[0] ?? ""]);
    return invalidRequest(
      `Received unknown parameter: ${param}. Either Stripe does not have it or the sandbox does not imitate it.`,
      { code: "parameter_unknown", param },
    );
  }
  const param = nameOf(issue.path);
  const value = valueAt(given, issue.path);
  if (value === undefined) {
    return invalidRequest(`Missing required param: ${param}.`, {
      code: "parameter_missing",
      param,
    });
  }
  if (value === "") {
    return invalidRequest(`You passed an empty string for '${param}'.`, {
      code: "parameter_invalid_empty",
      param,
    });
  }
  const reason =
    issue.code === "invalid_value"
      ? `${issue.message}. Either Stripe does not have another or the sandbox does not imitate it.`
      : issue.message;
  return invalidRequest(`Invalid ${param}: ${reason}`, { code: "parameter_invalid", param });
}

function nameOf([first = "", ...rest]: readonly PropertyKey[]): string {
  return String(first) + rest.map((key) => `[${String(key)}]`).join("");
}

function valueAt(given: FormValue, path: readonly PropertyKey[]): FormValue | undefined {
  let value: FormValue | undefined = given;
  for (const key of path) {
    if (typeof value !== "object" || !Object.hasOwn(value, key)) {
      return undefined;
    }
    value = (value as Record<PropertyKey, FormValue>)[key];
  }
  return value;
}
