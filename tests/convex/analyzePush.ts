import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryDirectory } from "../support/gatewayProcess.ts";
import type { PushRequest } from "./pushReceiver.ts";

const MAIN = join(import.meta.dirname, "isolateMain.ts");

/** The variables that are set on the deployment when code is pushed to it. */
export type ConvexEnvironment = Record<string, string>;

export interface AnalyzedFunction {
  /** "plans.js:get" */
  path: string;
  type: "Query" | "Mutation" | "Action";
  visibility: "public" | "internal";
  /** Validators, as JSON. */
  args: string;
  returns: string;
}

/** What a Convex deployment learns of an app from the code that is pushed to it. */
export interface Analysis {
  functions: AnalyzedFunction[];
  /** How long each entry point took to load, by its path. */
  loadedMs: Record<string, number>;
  isRouter: boolean;
  routes: { path: string; method: string }[];
  isCrons: boolean;
  /** JSON, each: what the modules export by default. */
  crons: string;
  auth: string;
  schema: string;
}

/**
 * Analyzes a push in a bare isolate, in a process of its own.
 *
 * @throws Error with what the code did that Convex's runtime does not have or allow
 */
export async function analyzePush(
  push: PushRequest,
  environment: ConvexEnvironment = {},
): Promise<Analysis> {
  const file = join(await temporaryDirectory(), "push.json");
  await writeFile(file, JSON.stringify(push));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--experimental-vm-modules", "--no-warnings", MAIN, file, JSON.stringify(environment)],
    { maxBuffer: 16 * 1_024 * 1_024 },
  );
  return JSON.parse(stdout) as Analysis;
}
