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
import {
  type Command,
  type CommandInput,
  EXIT,
  noPositional,
  textOption,
  UsageError,
} from "../Command.ts";

export const linkCommand: Command = {
  name: "link",
  summary: "make a signed checkout link for an owner",
  description:
    "Prints a signed link with which an owner can begin a checkout, for a plain link on a page.",
  usage: ["--owner ID --plan PLAN [--interval INTERVAL] [--minutes N]"],
  where: [],
  options: {
    owner: { type: "string", value: "ID", text: "whose plan is bought, as in plans:open" },
    plan: {
      type: "string",
      value: "PLAN",
      choices: ["professional", "enterprise"],
      text: "professional or enterprise",
    },
    interval: {
      type: "string",
      value: "INTERVAL",
      choices: ["month", "year", "once"],
      text: "month, year or once (month)",
    },
    minutes: {
      type: "string",
      value: "N",
      text: `how long it can be used, 1 to ${MAX_LINK_SECONDS / 60} (${LINK_SECONDS / 60})`,
    },
    url: { type: "string", value: "URL", text: "address of the gateway (http://HOST:PORT)" },
    data: {
      type: "string",
      value: "DIR",
      text: `data directory that keeps the link secret, unless TOLLGATE_LINK_SECRET is set
(TOLLGATE_DATA, .tollgate)`,
    },
  },
  examples: ["link --owner ann --plan professional"],
  does: async (input) => {
    noPositional(input);
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
    const url = `${addressOf(input, config)}/checkout?link=${link}`;
    input.out.result({ url, expiresAtSeconds }, `${url}\n`);
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
