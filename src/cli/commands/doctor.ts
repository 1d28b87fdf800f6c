import { styleText } from "node:util";
import { adminKeyCheck } from "../../hosts/node/doctor/adminKeyCheck.ts";
import { adminKeysCheck } from "../../hosts/node/doctor/adminKeysCheck.ts";
import { diskSpaceCheck } from "../../hosts/node/doctor/diskCheck.ts";
import { examineHost } from "../../hosts/node/doctor/examineHost.ts";
import { SecretText } from "../../hosts/node/SecretText.ts";
import { FunctionFailedError } from "../../internal/audit/deployment.ts";
import { CHECKS, type Check, type CheckName } from "../../internal/doctor/Check.ts";
import { type Command, type CommandInput, EXIT, textOption } from "../Command.ts";
import type { Connection } from "../deployment/Connection.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, placeOf } from "../deployment/connect.ts";
import { localConnection } from "../deployment/localConnection.ts";
import { remoteConnection } from "../deployment/remoteConnection.ts";

/** What was found, and which checks could not be made here. */
interface Examination {
  deployment: string;
  checks: Check[];
  notChecked: { check: CheckName; why: string }[];
}

/** Why the checks that one place cannot make are missing, by who could make them. */
type Reasons = Record<"host" | "stored" | "stripe", string>;

export const doctorCommand: Command = {
  name: "doctor",
  summary: "find what is configured wrongly, and say what to do",
  help: `Finds what is wrong with a gateway, and says what to do about it. Changes nothing.

Usage: tollgate doctor [options]

With a URL it asks the gateway that runs there, which asks Stripe: reading only. Without one it looks at this
machine: the variables as npm start would read them, the data directory, its disk, and what is stored while no
gateway runs. What could not be checked from here is named at the end. Secrets are shown by their fingerprints.

  --json                 everything as JSON
${CONNECTION_HELP}

A read-only key is enough, but does not ask Stripe.

Exit codes: 0 nothing fails (there may be warnings), 1 a check failed, 2 wrong usage, 3 could not be reached.

Examples
  npm run tollgate -- doctor
  TOLLGATE_URL=https://pay.example.org npm run tollgate -- doctor --json
`,
  options: { ...CONNECTION_OPTIONS, json: { type: "boolean" } },
  run: async (input) => {
    const examination = isRemote(input) ? await examineRemote(input) : await examineLocal(input);
    const isJson = input.values["json"] === true;
    process.stdout.write(
      isJson ? `${JSON.stringify(examination, null, 2)}\n` : examinationText(examination),
    );
    return examination.checks.some(({ status }) => status === "fail") ? EXIT.findings : EXIT.clean;
  },
};

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
  const connection = remoteConnection(url, adminKey, textOption(input, "reason"));
  const { checks, isWhole } = await checksOf(connection);
  const disk = await remoteDisk(url, adminKey);
  const ofKeys = [adminKeyCheck(new SecretText(adminKey)), ...(await keysOf(connection))];
  return examinationOf(url, [...checks, ...ofKeys, ...disk], {
    host: "only on the machine itself: npm run tollgate -- doctor --data DIR there",
    stored: "needs an API key or an address that is not set",
    stripe: isWhole
      ? "needs an API key that Stripe takes"
      : "needs an admin key that is not read-only",
  });
}

async function examineLocal(input: CommandInput): Promise<Examination> {
  const data = textOption(input, "data");
  const { config, checks, hasDatabase } = examineHost({
    ...process.env,
    ...(data !== null && { TOLLGATE_DATA: data }),
  });
  const name = `data directory ${config?.dataDirectory ?? data ?? process.env["TOLLGATE_DATA"] ?? ".tollgate"}`;
  if (config === null || !hasDatabase) {
    const why = "needs a database that can be opened, and variables that can be used";
    return examinationOf(name, checks, { host: why, stored: why, stripe: why });
  }
  const connection = localConnection(config, textOption(input, "reason"));
  try {
    // The key of a sandbox that does not run means nothing to Stripe itself.
    const mayAsk = config.stripeSecretKey !== null;
    const stored = mayAsk ? (await checksOf(connection)).checks : await storedChecksOf(connection);
    return examinationOf(name, [...checks, ...stored, ...(await keysOf(connection))], {
      host: "is only on the machine itself",
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

/** Nothing where keys are kept elsewhere, as on Convex. */
async function keysOf({ keys }: Connection): Promise<Check[]> {
  try {
    return [adminKeysCheck(await keys.list(), Date.now())];
  } catch {
    return [];
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

/** In the order in which they are told: the worst stands where the eye is, at the end. */
const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

function examinationText({ deployment, checks, notChecked }: Examination): string {
  const told = (Object.keys(COLOURS) as Check["status"][]).flatMap((wanted) =>
    checks.filter(({ status }) => status === wanted),
  );
  const lines = told.map(({ title, status, detail, whatToDo }) => {
    const mark = styleText(COLOURS[status], status.padEnd(5), { stream: process.stdout });
    const advice = whatToDo === "" ? "" : `\n        ${whatToDo}`;
    return `${mark} ${title}: ${detail}${advice}\n`;
  });
  const missing = [...Map.groupBy(notChecked, ({ why }) => why)].map(
    ([why, each]) => `  ${each.map(({ check }) => CHECKS[check].title).join(", ")}: ${why}\n`,
  );
  const count = (wanted: string) => checks.filter(({ status }) => status === wanted).length;
  return [
    `${deployment}\n\n`,
    ...(notChecked.length === 0 ? [] : ["Not checked from here\n", ...missing, "\n"]),
    ...lines,
    `\nChecks: ${checks.length}, failed: ${count("fail")}, warnings: ${count("warn")}.\n`,
  ].join("");
}
