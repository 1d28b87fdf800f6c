import { type Config, ConfigError, readConfig } from "../../hosts/node/config.ts";
import { FunctionFailedError } from "../../internal/audit/deployment.ts";
import { type CommandInput, textOption, UsageError } from "../Command.ts";
import type { Connection, Running } from "./Connection.ts";
import { remoteConnection } from "./remoteConnection.ts";
import type { RemotePlace } from "./remoteHeaders.ts";

/** Where a deployment is: at an address, or in a data directory. */
export type Place = RemotePlace | { config: Config };

/** In whose name functions are called, and why. */
export interface Caller {
  /** For the record of what operators do. */
  reason: string | null;
  /** Attributes of the user to act as. */
  actingAs: object | null;
}

/** The issuer of a user of whom only the subject was said. No provider has it. */
const NO_ISSUER = "https://tollgate.invalid";

/**
 * The place that the options and the environment name.
 *
 * @throws UsageError
 */
export function placeOf(input: CommandInput): Place {
  const data = textOption(input, "data");
  const url =
    textOption(input, "url") ??
    (data === null ? variable("TOLLGATE_URL", "CONVEX_SELF_HOSTED_URL") : undefined);
  if (url !== undefined) {
    if (data !== null) {
      throw new UsageError("give --url or --data, not both");
    }
    if (!URL.canParse(url)) {
      throw new UsageError("--url is not an address, like http://127.0.0.1:8787");
    }
    const adminKey =
      textOption(input, "admin-key") ??
      variable("TOLLGATE_ADMIN_KEY", "CONVEX_SELF_HOSTED_ADMIN_KEY") ??
      "";
    if (adminKey === "") {
      throw new UsageError("with --url, set TOLLGATE_ADMIN_KEY, or give --admin-key");
    }
    return { url, adminKey, place: edgePlace(input) };
  }
  try {
    const environment = data === null ? process.env : { ...process.env, TOLLGATE_DATA: data };
    return { config: readConfig(environment) };
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  }
}

/**
 * Works with the deployment that the options and the environment name.
 *
 * @throws UsageError, UnreachableError, and what `work` throws
 */
export async function withConnection<Result>(
  input: CommandInput,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const place = placeOf(input);
  const caller = { reason: textOption(input, "reason"), actingAs: actingAs(input) };
  // The engine is read only where it is needed: most commands work with a gateway that runs.
  const connection =
    "url" in place
      ? remoteConnection(place, caller)
      : (await import("./localConnection.ts")).localConnection(place.config, caller);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/**
 * What a deployment that runs can do.
 *
 * @param what "A reconcile"
 * @throws FunctionFailedError `not_in_data_directory`
 */
export function requireRunning({ running }: Connection, what: string): Running {
  if (running === null) {
    throw new FunctionFailedError(
      `${what} needs a gateway that runs: start it, and give its address with --url`,
      "not_in_data_directory",
    );
  }
  return running;
}

/** The object that is asked at the edge; null: the endpoint's own. @throws UsageError */
export function edgePlace(input: CommandInput): string | null {
  const place = textOption(input, "place") ?? variable("TOLLGATE_PLACE") ?? null;
  if (place !== null && !EDGE_PLACE.test(place)) {
    throw new UsageError("--place is an account and a mode, like acct_1032D82eZvKYlo2C:live");
  }
  return place;
}

/** As the Worker reads it. */
const EDGE_PLACE = /^[A-Za-z0-9_]{1,255}:(test|live)$/;

/** The user of `--as`. @throws UsageError */
function actingAs(input: CommandInput): object | null {
  const text = textOption(input, "as");
  if (text === null) {
    return null;
  }
  if (!text.startsWith("{")) {
    return { issuer: NO_ISSUER, subject: text };
  }
  try {
    const attributes = JSON.parse(text) as Record<string, unknown>;
    if (typeof (attributes["subject"] ?? attributes["tokenIdentifier"]) === "string") {
      return { issuer: NO_ISSUER, ...attributes };
    }
  } catch {
    // Said below, as for other JSON.
  }
  throw new UsageError(`--as is a subject, or a JSON object like '{"subject":"ann"}'`);
}

function variable(...names: readonly string[]): string | undefined {
  return names.map((name) => process.env[name]).find((value) => value !== undefined);
}
