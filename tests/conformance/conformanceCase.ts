import type { GenericDataModel, GenericMutationCtx } from "convex/server";

/** A fresh deployment, ours or the official stand-in's; untyped, as cases also call what is wrong. */
export interface Deployment {
  query(called: unknown, args?: object): Promise<unknown>;
  mutation(called: unknown, args?: object): Promise<unknown>;
  action(called: unknown, args?: object): Promise<unknown>;
  run<T>(handler: (ctx: GenericMutationCtx<GenericDataModel>) => Promise<T>): Promise<T>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  finishAllScheduledFunctions(advanceTimers: () => void): Promise<void>;
  withIdentity(identity: object): Deployment;
}

/** One thing to do with a deployment, and what then was seen. */
export interface ConformanceCase {
  name: string;
  /** "gives" ends with a value, "refuses" with an error: a case that ends otherwise proves nothing. */
  ends: "gives" | "refuses";
  run(t: Deployment): Promise<unknown>;
}

type Runs = Record<string, ConformanceCase["run"]>;

/** Cases that end with a value, a Convex value or a `Response`. */
export function gives(subject: string, runs: Runs): ConformanceCase[] {
  return named(subject, "gives", runs);
}

/** Cases that end with an error. */
export function refuses(subject: string, runs: Runs): ConformanceCase[] {
  return named(subject, "refuses", runs);
}

function named(subject: string, ends: ConformanceCase["ends"], runs: Runs): ConformanceCase[] {
  return Object.entries(runs).map(([name, run]) => ({ name: `${subject}: ${name}`, ends, run }));
}
