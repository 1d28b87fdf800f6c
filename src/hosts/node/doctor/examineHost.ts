import { accessSync, constants, existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { sha256Hex } from "#digests";
import { TableCatalog } from "../../../engine/storage/TableCatalog.ts";
import { type Check, type CheckName, fail, ok, warn } from "../../../internal/doctor/Check.ts";
import { durationText } from "../../../internal/doctor/durationText.ts";
import type { Variables } from "../../functionVariables.ts";
import { type Config, ConfigError, readConfig } from "../config.ts";
import { openDataDirectory, type SecretName } from "../dataDirectory.ts";
import { DATABASE_FILE } from "../gateway.ts";
import { openNodeSqliteStore } from "../nodeSqliteStore.ts";
import { mayHaveSandbox } from "../refuseOtherStripe.ts";
import { systemRandom } from "../systemPorts.ts";
import { adminKeyCheck } from "./adminKeyCheck.ts";
import { diskCheck } from "./diskCheck.ts";

/** What the machine tells of a gateway that does not run on it now. */
export interface HostExamination {
  checks: Check[];
  /** Null when the variables cannot be used. */
  config: Config | null;
  /** The data directory, as an absolute path. */
  directory: string;
  /** Whether there is a database that can be opened. */
  hasDatabase: boolean;
}

/**
 * Looks at the variables, the data directory and its disk. Makes and changes nothing; a database is opened
 * for a moment, so a gateway that starts just then has to wait for it.
 */
export function examineHost(environment: Variables): HostExamination {
  const { config, checks } = configurationChecks(environment);
  const directory = resolve(config?.dataDirectory ?? environment["TOLLGATE_DATA"] ?? ".tollgate");
  const data = directoryChecks(directory, config);
  return {
    checks: [...checks, ...data.checks, diskCheck(directory)],
    config,
    directory,
    hasDatabase: data.hasDatabase,
  };
}

/** Which check a variable belongs to; every other one is `configuration`. */
const CHECK_OF_VARIABLE: Record<string, CheckName> = {
  STRIPE_WEBHOOK_SECRET: "signing_secret",
  STRIPE_SECRET_KEY: "stripe_key",
  STRIPE_MODE: "mode",
  STRIPE_API_URL: "stripe_address",
  TOLLGATE_ADMIN_KEY: "admin_key",
  TOLLGATE_ORIGINS: "return_origins",
  TOLLGATE_SANDBOX: "sandbox",
};

const LOCAL_HOST = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

function configurationChecks(environment: Variables): { checks: Check[]; config: Config | null } {
  try {
    const config = readConfig(environment);
    return {
      checks: [warningsCheck(config), sandboxCheck(config), adminKeyCheck(config.adminKey)],
      config,
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) {
      throw error;
    }
    return { checks: error.problems.map(problemCheck), config: null };
  }
}

function problemCheck(problem: string): Check {
  const [variable = ""] = problem.split(" ");
  const check = CHECK_OF_VARIABLE[variable] ?? "configuration";
  return fail(check, `${problem}.`, "Mend it: the gateway does not start with it.");
}

function warningsCheck({ warnings }: Config): Check {
  return warnings.length > 0
    ? warn("configuration", `${warnings.join(". ")}.`, "Mend or remove it: it has no effect.")
    : ok("configuration", "The variables can be used.");
}

function sandboxCheck({ sandbox, host }: Config): Check {
  return sandbox !== null && !LOCAL_HOST.test(host)
    ? fail(
        "sandbox",
        `A sandbox is on, and others reach this gateway at ${host}: whoever does can have any plan for nothing.`,
        "Set TOLLGATE_SANDBOX=off, or HOST=127.0.0.1.",
      )
    : ok(
        "sandbox",
        sandbox === null ? "No sandbox." : "A sandbox plays Stripe, on this machine only.",
      );
}

function directoryChecks(
  directory: string,
  config: Config | null,
): { checks: Check[]; hasDatabase: boolean } {
  if (!existsSync(directory)) {
    const detail = `${directory} is not there.`;
    const whatToDo = "Start the gateway, which makes it, or name another one in TOLLGATE_DATA.";
    return { checks: [warn("data_directory", detail, whatToDo)], hasDatabase: false };
  }
  const flaw = directoryFlaw(directory);
  if (flaw !== null) {
    const whatToDo = "Give it to the user that the gateway runs as, or name another one.";
    return { checks: [fail("data_directory", flaw, whatToDo)], hasDatabase: false };
  }
  const checks = [ok("data_directory", `${directory} can be written. ${secretsText(directory)}`)];
  const file = join(directory, DATABASE_FILE);
  if (config !== null) {
    checks.push(otherStripeCheck(config, directory, file));
  }
  const storage = existsSync(file) ? storageCheck(file) : null;
  return {
    checks: storage === null ? checks : [...checks, storage],
    hasDatabase: storage?.status === "ok",
  };
}

const SECRETS: readonly SecretName[] = [
  "webhook-secret",
  "admin-key",
  "link-secret",
  "sandbox-key",
];

/** In words, or null. */
function directoryFlaw(directory: string): string | null {
  try {
    if (!statSync(directory).isDirectory()) {
      return `${directory} is no directory.`;
    }
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const data = openDataDirectory(directory, systemRandom);
    for (const name of keptSecrets(directory)) {
      data.secret(name);
    }
    return null;
  } catch (error) {
    return `${(error as Error).message}.`;
  }
}

/** Which secrets are kept, by fingerprint and age. */
function secretsText(directory: string): string {
  const data = openDataDirectory(directory, systemRandom);
  const told = keptSecrets(directory).map((name) => {
    const fingerprint = sha256Hex(data.secret(name).value.reveal()).slice(0, 12);
    const ageMs = Math.max(0, Date.now() - statSync(join(directory, name)).mtimeMs);
    return `${name} ${fingerprint}, ${durationText(ageMs)} old`;
  });
  return told.length === 0 ? "It keeps no secret." : `It keeps: ${told.join("; ")}.`;
}

function keptSecrets(directory: string): SecretName[] {
  return SECRETS.filter((name) => existsSync(join(directory, name)));
}

function otherStripeCheck(config: Config, directory: string, file: string): Check {
  try {
    mayHaveSandbox(config, openDataDirectory(directory, systemRandom), file);
    return ok("data_stripe", "What is there belongs to the Stripe that is configured.");
  } catch (error) {
    return fail(
      "data_stripe",
      `${(error as Error).message}.`,
      "Use a directory of its own for each Stripe: the gateway does not start with this one.",
    );
  }
}

function storageCheck(file: string): Check {
  let store: ReturnType<typeof openNodeSqliteStore> | null = null;
  try {
    store = openNodeSqliteStore({ path: file });
    new TableCatalog(store);
    return ok("storage", `${store.describe()} can be read.`);
  } catch (error) {
    const { code, message } = error as Error & { code?: unknown };
    return code === "store_in_use"
      ? warn(
          "storage",
          "A gateway is running on it, so what is stored was not looked at.",
          "Give its address: TOLLGATE_URL and TOLLGATE_ADMIN_KEY, or --url and --admin-key.",
        )
      : fail(
          "storage",
          `${message}.`,
          "Export it with the version that wrote it and import it with this one, or restore a backup.",
        );
  } finally {
    store?.close();
  }
}
