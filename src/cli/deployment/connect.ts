import { type Config, ConfigError, readConfig } from "../../hosts/node/config.ts";
import { type CommandInput, textOption, UsageError } from "../Command.ts";
import type { Connection } from "./Connection.ts";
import { localConnection } from "./localConnection.ts";
import { remoteConnection } from "./remoteConnection.ts";

/** The options that say which deployment a command works on. */
export const CONNECTION_OPTIONS = {
  url: { type: "string" },
  "admin-key": { type: "string" },
  data: { type: "string" },
  reason: { type: "string" },
} as const;

export const CONNECTION_HELP = `  --url URL              a gateway, or Convex deployment, that runs (TOLLGATE_URL,
                         CONVEX_SELF_HOSTED_URL)
  --admin-key KEY        its admin key; better set TOLLGATE_ADMIN_KEY or CONVEX_SELF_HOSTED_ADMIN_KEY,
                         which other users of this machine do not see
  --reason TEXT          why, for the record of what operators do
  --data DIR             without a URL: the data directory of a gateway that does not run
                         (TOLLGATE_DATA, .tollgate)`;

/** Where a deployment is: at an address, or in a data directory. */
export type Place = { url: string; adminKey: string } | { config: Config };

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
    return { url, adminKey };
  }
  try {
    const environment = data === null ? process.env : { ...process.env, TOLLGATE_DATA: data };
    return { config: readConfig(environment) };
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  }
}

/**
 * A connection to the deployment that the options and the environment name.
 *
 * @throws UsageError, UnreachableError
 */
export function connect(input: CommandInput): Connection {
  const place = placeOf(input);
  const reason = textOption(input, "reason");
  return "url" in place
    ? remoteConnection(place.url, place.adminKey, reason)
    : localConnection(place.config, reason);
}

function variable(...names: readonly string[]): string | undefined {
  return names.map((name) => process.env[name]).find((value) => value !== undefined);
}
