import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Config, ConfigError, readConfig } from "../../hosts/node/config.ts";
import { openDataDirectory } from "../../hosts/node/dataDirectory.ts";
import { systemRandom } from "../../hosts/node/systemPorts.ts";
import {
  LINK_SECONDS,
  MAX_LINK_SECONDS,
  signOwnerToken,
} from "../../internal/checkout/ownerToken.ts";
import { findOffer } from "../../internal/model/checkoutOffer.ts";
import { type Command, type CommandInput, EXIT, textOption, UsageError } from "../Command.ts";

export const linkCommand: Command = {
  name: "link",
  summary: "make a signed checkout link for an owner",
  help: `Prints a signed link with which an owner can begin a checkout, for a plain <a href>.

Usage: tollgate link --owner ID --plan PLAN [options]

  --owner ID             whose plan is bought, as in plans:open
  --plan PLAN            professional or enterprise
  --interval INTERVAL    month, year or once (month)
  --minutes N            how long it can be used, 1 to ${MAX_LINK_SECONDS / 60} (${LINK_SECONDS / 60})
  --url URL              address of the gateway (http://HOST:PORT)
  --data DIR             data directory that keeps the link secret, unless TOLLGATE_LINK_SECRET is set
                         (TOLLGATE_DATA, .tollgate)

Exit codes: 0 printed, 2 wrong usage.

Examples
  npm run tollgate -- link --owner ann --plan professional
`,
  options: {
    owner: { type: "string" },
    plan: { type: "string" },
    interval: { type: "string" },
    minutes: { type: "string" },
    url: { type: "string" },
    data: { type: "string" },
  },
  run: async (input) => {
    const config = configOf(input);
    const ownerId = textOption(input, "owner") ?? "";
    const plan = textOption(input, "plan") ?? "";
    const interval = textOption(input, "interval") ?? "month";
    if (ownerId.trim() === "" || ownerId.length > MAX_OWNER_ID_LENGTH) {
      throw new UsageError(
        `name the owner with --owner, in 1 to ${MAX_OWNER_ID_LENGTH} characters`,
      );
    }
    if (findOffer({ plan, interval }) === null) {
      throw new UsageError(`--plan ${plan} is not on sale for --interval ${interval}`);
    }
    const expiresAtSeconds = Math.floor(Date.now() / 1_000) + lifeSeconds(input);
    const token = { ownerId, plan, interval, expiresAtSeconds };
    const link = signOwnerToken("link", token, secretOf(config));
    process.stdout.write(`${addressOf(input, config)}/checkout?link=${link}\n`);
    return EXIT.clean;
  },
};

/** As `plans:open` bounds it. */
const MAX_OWNER_ID_LENGTH = 200;

function configOf(input: CommandInput): Config {
  const data = textOption(input, "data");
  try {
    return readConfig(data === null ? process.env : { ...process.env, TOLLGATE_DATA: data });
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  }
}

function lifeSeconds(input: CommandInput): number {
  const seconds = Number(textOption(input, "minutes") ?? LINK_SECONDS / 60) * 60;
  if (!Number.isInteger(seconds) || seconds < 60 || seconds > MAX_LINK_SECONDS) {
    throw new UsageError(`--minutes is a number from 1 to ${MAX_LINK_SECONDS / 60}`);
  }
  return seconds;
}

/** The newest secret. One that the gateway has not made is not made here: it would not know it. */
function secretOf({ linkSecrets, dataDirectory }: Config): string {
  if (linkSecrets !== null) {
    return linkSecrets.reveal().split(",", 1)[0] ?? "";
  }
  if (!existsSync(join(resolve(dataDirectory), "link-secret"))) {
    throw new UsageError(
      `there is no link secret in ${resolve(dataDirectory)}: start the gateway once, name its data ` +
        "directory with --data, or set TOLLGATE_LINK_SECRET",
    );
  }
  return openDataDirectory(dataDirectory, systemRandom).secret("link-secret").value.reveal();
}

function addressOf(input: CommandInput, { host, port }: Config): string {
  const url =
    textOption(input, "url") ?? `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(url)) {
    throw new UsageError("--url is not an address, like http://127.0.0.1:8787");
  }
  return new URL(url).origin;
}
