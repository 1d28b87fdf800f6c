import type { Command, Option } from "./Command.ts";

/** Every option of a command: its own, and those that follow from where it works. */
export function allOptions({ where, options }: Command): Record<string, Option> {
  return {
    ...options,
    ...(where.includes("gateway") && REMOTE_OPTIONS),
    ...(where.includes("data directory") && DATA_OPTIONS),
    ...(where.includes("sandbox") && SANDBOX_OPTIONS),
    ...COMMON_OPTIONS,
    // Again: what it says of an option itself counts, in the place that the option has.
    ...options,
  };
}

/** For commands that change something: why. */
export const REASON_OPTION = {
  reason: {
    type: "string",
    value: "TEXT",
    text: "why, for the record of what operators do: write nobody's name",
  },
} satisfies Record<string, Option>;

export const EDGE_PLACE_OPTION = {
  type: "string",
  value: "ACCOUNT:MODE",
  text: "at the edge: the object of a connected account, like acct_1032D82eZvKYlo2C:live (TOLLGATE_PLACE)",
} satisfies Option;

const REMOTE_OPTIONS: Record<string, Option> = {
  url: {
    type: "string",
    value: "URL",
    text: "a gateway, or Convex deployment, that runs (TOLLGATE_URL, CONVEX_SELF_HOSTED_URL)",
  },
  "admin-key": {
    type: "string",
    value: "KEY",
    text: `its admin key; better set TOLLGATE_ADMIN_KEY or CONVEX_SELF_HOSTED_ADMIN_KEY, which other
users of this machine do not see`,
  },
  place: EDGE_PLACE_OPTION,
};

const DATA_OPTIONS: Record<string, Option> = {
  data: {
    type: "string",
    value: "DIR",
    text: "without a URL: the data directory of a gateway that does not run (TOLLGATE_DATA, .tollgate)",
  },
};

const SANDBOX_OPTIONS: Record<string, Option> = {
  sandbox: {
    type: "string",
    value: "URL",
    text: `the sandbox that npm start has printed (http://127.0.0.1:12111, or the port of
SANDBOX_PORT)`,
  },
};

const COMMON_OPTIONS: Record<string, Option> = {
  json: { type: "boolean", text: "results as JSON, and failures as an object with a stable code" },
  "no-color": {
    type: "boolean",
    text: "no colours on a terminal, as with NO_COLOR (FORCE_COLOR: everywhere)",
  },
  help: { type: "boolean", text: "this text" },
};
