import { convexToJson, type JSONValue, type Value } from "convex/values";
import type { ConformanceCase, Deployment } from "./conformanceCase.ts";

/** How a case ended, comparable over deployments: ids, times and generated texts are replaced. */
export interface Observation {
  ends: "gives" | "refuses";
  /** Convex JSON of the value, or of the error's message and data. */
  seen: JSONValue;
}

/** Runs each case on a deployment of its own. */
export async function observe(
  cases: readonly ConformanceCase[],
  open: () => Deployment,
): Promise<Map<string, Observation>> {
  const observations = new Map<string, Observation>();
  for (const { name, run } of cases) {
    observations.set(name, await observeOne(run, open()));
  }
  return observations;
}

async function observeOne(run: ConformanceCase["run"], t: Deployment): Promise<Observation> {
  try {
    return { ends: "gives", seen: comparable(toJson(await seenValue(await run(t)))) };
  } catch (error) {
    const { message, data } = (error ?? {}) as { message?: string; data?: Value };
    const seen =
      Symbol.for("ConvexError") in (error as object) ? { data: data ?? null } : { message };
    return { ends: "refuses", seen: comparable(toJson(seen)) };
  }
}

function toJson(value: unknown): JSONValue {
  return convexToJson((value === undefined ? null : value) as Value);
}

async function seenValue(value: unknown): Promise<unknown> {
  if (value instanceof Response) {
    const seen = value.headers.get("x-seen");
    return { status: value.status, text: await value.text(), ...(seen === null ? {} : { seen }) };
  }
  return value;
}

/** Ids of ours are 32 characters of base32, the official ones a number and the table's name. */
const ID = /\b(?:[0-9a-hjkmnp-tv-z]{31,33}|0{4,}\d+_?[a-z]\w*)\b/g;

/** Milliseconds of these years, as messages quote them. */
const TIME = /\b[12]\d{12}(?:\.\d+)?\b/g;

/** The id of a run, in messages. */
const REQUEST_ID = /(?<=\[Request ID: )[0-9a-f]{16}(?=\])/g;

function comparable(json: JSONValue): JSONValue {
  if (typeof json === "string") {
    return json.replace(ID, "<id>").replace(TIME, "<time>").replace(REQUEST_ID, "<run>");
  }
  if (Array.isArray(json)) {
    return json.map(comparable);
  }
  if (typeof json !== "object" || json === null) {
    return json;
  }
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      (name === "_creationTime" && typeof value === "number") || name === "continueCursor"
        ? `<${name}>`
        : comparable(value as JSONValue),
    ]),
  );
}
