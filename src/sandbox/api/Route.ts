import type { z } from "zod";
import type { World } from "../state/World.ts";
import type { FormValue } from "./parseForm.ts";
import { readParameters } from "./readParameters.ts";

/** One request that the sandbox answers. */
export interface Route {
  readonly method: "DELETE" | "GET" | "POST";
  /** As Hono writes it: `/v1/customers/:id`. */
  readonly path: string;
  /** The object of the answer. @throws StripeError */
  answer(world: World, parameters: Record<string, FormValue>, call: Call): object;
}

/** What a request says besides its parameters. */
export interface Call {
  /** The `:id` of the path. */
  readonly id: string;
  /** Where the sandbox was reached, such as `http://127.0.0.1:12111`, for addresses of its pages. */
  readonly origin: string;
}

/** A route whose parameters are what `schema` describes and nothing else. */
export function route<T>(
  method: Route["method"],
  path: string,
  schema: z.ZodType<T>,
  answer: (world: World, parameters: T, call: Call) => object,
): Route {
  return {
    method,
    path,
    answer: (world, parameters, call) => answer(world, readParameters(schema, parameters), call),
  };
}
