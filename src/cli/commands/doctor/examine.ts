import { adminKeyCheck } from "../../../hosts/node/doctor/adminKeyCheck.ts";
import { adminKeysCheck } from "../../../hosts/node/doctor/adminKeysCheck.ts";
import { diskSpaceCheck } from "../../../hosts/node/doctor/diskCheck.ts";
import { examineHost } from "../../../hosts/node/doctor/examineHost.ts";
import { SecretText } from "../../../hosts/node/SecretText.ts";
import { FunctionFailedError } from "../../../internal/audit/deployment.ts";
import { CHECKS, type Check, type CheckName } from "../../../internal/doctor/Check.ts";
import { type CommandInput, textOption } from "../../Command.ts";
import type { Connection } from "../../deployment/Connection.ts";
import { placeOf } from "../../deployment/connect.ts";
import { localConnection } from "../../deployment/localConnection.ts";
import { remoteConnection } from "../../deployment/remoteConnection.ts";

/** What was found, and which checks could not be made here. */
export interface Examination {
  deployment: string;
  checks: Check[];
  notChecked: { check: CheckName; why: string }[];
}

/** Why the checks that one place cannot make are missing, by who could make them. */
type Reasons = Record<"host" | "stored" | "stripe", string>;

/**
 * Makes every check that can be made from here.
 *
 * @throws UsageError, UnreachableError, FunctionFailedError
 */
export async function examine(input: CommandInput): Promise<Examination> {
  return isRemote(input) ? await examineRemote(input) : await examineLocal(input);
}

/** As {@link placeOf} decides, which would refuse variables that are to be examined here. */
function isRemote(input: CommandInput): boolean {
  const { TOLLGATE_URL, CONVEX_SELF_HOSTED_URL } = process.env;
  return (
    textOption(input, "url") !== null ||
    (textOption(input, "data") === null && (TOLLGATE_URL ?? CONVEX_SELF_HOSTED_URL) !== undefined)
  );
}

async function examineRemote(input: CommandInput): Promise<Examination> {
  const place = placeOf(input);
  if (!("url" in place)) {
    throw new Error("an address was given");
  }
  const { url, adminKey } = place;
  const connection = remoteConnection(place);
  const { checks, isWhole } = await checksOf(connection);
  const ofKeys = [adminKeyCheck(new SecretText(adminKey)), ...(await keysOf(connection))];
  return examinationOf(url, [...checks, ...ofKeys, ...(await remoteDisk(url, adminKey))], {
    host: "only on the machine itself: tollgate doctor --data DIR there",
    stored: "needs an API key or an address that is not set",
    stripe: isWhole
      ? "needs an API key that Stripe takes"
      : "needs an admin key that is not read-only",
  });
}

async function examineLocal(input: CommandInput): Promise<Examination> {
  const data = textOption(input, "data");
  const { config, checks, directory, hasDatabase } = examineHost({
    ...process.env,
    ...(data !== null && { TOLLGATE_DATA: data }),
  });
  if (config === null || !hasDatabase) {
    const why = "needs a database that can be opened, and variables that can be used";
    return examinationOf(directory, checks, { host: why, stored: why, stripe: why });
  }
  const connection = localConnection(config);
  try {
    // The key of a sandbox that does not run means nothing to Stripe itself.
    const mayAsk = config.stripeSecretKey !== null;
    const stored = mayAsk ? (await checksOf(connection)).checks : await storedChecksOf(connection);
    return examinationOf(directory, [...checks, ...stored, ...(await keysOf(connection))], {
      host: "only on the machine itself",
      stored: "needs an API key, or the address that a gateway has while it runs",
      stripe: "needs STRIPE_SECRET_KEY, and a key that Stripe takes",
    });
  } finally {
    await connection.close();
  }
}

/** Whatever the key allows; `isWhole`: Stripe was asked. */
async function checksOf(connection: Connection): Promise<{ checks: Check[]; isWhole: boolean }> {
  try {
    return { checks: (await connection.call("doctor:run", {})) as Check[], isWhole: true };
  } catch (error) {
    if (error instanceof FunctionFailedError && error.code === "ReadOnlyAdminKey") {
      return { checks: await storedChecksOf(connection), isWhole: false };
    }
    throw error;
  }
}

async function storedChecksOf(connection: Connection): Promise<Check[]> {
  return (await connection.call("doctor:stored", { atMs: Date.now() })) as Check[];
}

/** Nothing where keys are kept elsewhere. @throws as `KeyRing`, but not `not_on_convex` */
async function keysOf({ keys }: Connection): Promise<Check[]> {
  try {
    return [adminKeysCheck(await keys.list(), Date.now())];
  } catch (error) {
    if (error instanceof FunctionFailedError && error.code === "not_on_convex") {
      return [];
    }
    throw error;
  }
}

/** Of the gateway's machine, which tells it among its metrics; nothing where there are none. */
async function remoteDisk(url: string, adminKey: string): Promise<Check[]> {
  const headers = { authorization: `Bearer ${adminKey}` };
  const response = await fetch(new URL("/metrics", url), { headers }).catch(() => null);
  const text = response?.ok === true ? await response.text() : "";
  const sample = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  const freeBytes = sample("tollgate_disk_free_bytes");
  const sizeBytes = sample("tollgate_disk_size_bytes");
  return sizeBytes > 0 ? [diskSpaceCheck({ freeBytes, sizeBytes })] : [];
}

function examinationOf(deployment: string, checks: Check[], reasons: Reasons): Examination {
  const made = new Set(checks.map(({ check }) => check));
  const names = (Object.keys(CHECKS) as CheckName[]).filter((name) => !made.has(name));
  return {
    deployment,
    checks,
    notChecked: names.map((check) => ({ check, why: reasons[CHECKS[check].by] })),
  };
}
