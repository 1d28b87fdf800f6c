import type { StripeMode } from "../../stripe/mode.ts";
import type { Doc } from "../_generated/dataModel.ts";
import { signingSecrets } from "../environment.ts";
import { type Check, fail, ok, warn } from "./Check.ts";
import { durationText } from "./durationText.ts";

/** Stripe signs with a secret that is rolled for at most this long. */
const OVERLAP_MS = 24 * 60 * 60 * 1_000;

/** The newest deliveries, and whether there are older ones. */
export interface LatestDeliveries {
  readonly rows: readonly Doc<"events">[];
  readonly areAll: boolean;
}

/** Whether deliveries are verified with the secrets they should be. Secrets are told by their fingerprints. */
export function secretChecks(latest: LatestDeliveries, mode: StripeMode, atMs: number): Check[] {
  let fingerprints: string[];
  try {
    fingerprints = signingSecrets().map(({ fingerprint }) => fingerprint);
  } catch (error) {
    const detail = `STRIPE_WEBHOOK_SECRET ${(error as Error).message}.`;
    return [fail("signing_secret", detail, "Set it. Without it no delivery is taken.")];
  }
  return [
    ok("signing_secret", `${fingerprints.map((each) => usedText(each, latest, atMs)).join("; ")}.`),
    retiredCheck(fingerprints, latest),
    modesCheck(latest),
    modeCheck(latest, mode),
  ];
}

function usedText(fingerprint: string, latest: LatestDeliveries, atMs: number): string {
  const usedAtMs = lastUsedAtMs(fingerprint, latest);
  const used =
    usedAtMs === null
      ? `in none of the newest ${latest.rows.length} deliveries`
      : `last used ${durationText(Math.max(0, atMs - usedAtMs))} ago`;
  return `Secret ${fingerprint}, ${used}`;
}

function lastUsedAtMs(fingerprint: string, { rows }: LatestDeliveries): number | null {
  return rows.find((row) => row.secretFingerprint === fingerprint)?.receivedAtMs ?? null;
}

/** Whoever has an old secret can sign deliveries for as long as it stays configured. */
function retiredCheck(fingerprints: readonly string[], latest: LatestDeliveries): Check {
  const { rows, areAll } = latest;
  const newestMs = rows[0]?.receivedAtMs ?? 0;
  const oldestMs = rows.at(-1)?.receivedAtMs ?? 0;
  const canTell = !areAll || newestMs - oldestMs > OVERLAP_MS;
  const unused = fingerprints.filter((fingerprint) => {
    const usedAtMs = lastUsedAtMs(fingerprint, latest);
    return usedAtMs === null ? canTell : newestMs - usedAtMs > OVERLAP_MS;
  });
  return fingerprints.length > 1 && rows.length > 0 && unused.length > 0
    ? warn(
        "signing_secret_retired",
        `Nothing is signed any more with ${unused.join(", ")}.`,
        "When no endpoint uses it, remove it from STRIPE_WEBHOOK_SECRET: whoever knows it can sign.",
      )
    : ok("signing_secret_retired", "Each configured secret is in use, as far as can be seen.");
}

function modesCheck({ rows }: LatestDeliveries): Check {
  const modesOf = new Map<string, Set<string>>();
  for (const { secretFingerprint, mode } of rows) {
    const modes = modesOf.get(secretFingerprint) ?? new Set();
    modesOf.set(secretFingerprint, modes.add(mode));
  }
  const both = [...modesOf].filter(([, modes]) => modes.size > 1).map(([name]) => name);
  return both.length > 0
    ? warn(
        "signing_secret_modes",
        `The secret ${both.join(", ")} signed deliveries of test and of live mode.`,
        "Use each secret for one endpoint of one mode; roll the one that was used twice.",
      )
    : ok("signing_secret_modes", "No secret signed deliveries of both modes.");
}

function modeCheck({ rows }: LatestDeliveries, mode: StripeMode): Check {
  const other = rows.filter((row) => row.mode !== mode);
  const counted = `${other.length} of the newest ${rows.length} deliveries are of the other mode`;
  if (rows.length > 0 && other.length === rows.length) {
    return fail(
      "mode",
      `This is ${mode} mode, and ${counted}: none changes a plan.`,
      "Use the signing secret of an endpoint of this mode, or set STRIPE_MODE and the key for the other one.",
    );
  }
  return other.length > 0
    ? warn(
        "mode",
        `This is ${mode} mode, and ${counted}. They are kept in quarantine.`,
        "Remove the other mode's endpoint at Stripe, or send it to a gateway of its own.",
      )
    : ok("mode", `This is ${mode} mode, and so is every delivery.`);
}
