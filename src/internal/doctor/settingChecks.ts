import { sha256Hex } from "#digests";
import type { StripeMode } from "../../stripe/mode.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { env } from "../env.ts";
import { stripeApiUrl, stripeSecretKey } from "../environment.ts";
import { STRIPE_API_VERSION } from "../recovery/stripeApi.ts";
import { type Check, fail, ok, warn } from "./Check.ts";
import { modesHeld } from "./modesHeld.ts";
import { isLocal, isStripeItself, ownAddress } from "./places.ts";
import type { LatestDeliveries } from "./secretChecks.ts";

/** A delay beyond this is more than the way from Stripe: the clocks differ. */
const MAX_DELAY_MS = 60_000;
const MAX_EARLY_MS = 5_000;

/** Whether the variables fit each other, the plans that are there, and what is delivered. */
export async function settingChecks(
  db: Pick<DatabaseReader, "query">,
  mode: StripeMode,
  latest: LatestDeliveries,
): Promise<Check[]> {
  return [
    await dataModeCheck(db, mode),
    keyCheck(mode),
    addressCheck(mode),
    ...ownAddressCheck(mode),
    ...originsCheck(),
    versionCheck(latest),
    delayCheck(latest),
  ];
}

async function dataModeCheck(db: Pick<DatabaseReader, "query">, mode: StripeMode): Promise<Check> {
  const other = (await modesHeld(db)).filter((held) => held !== mode);
  return other.length > 0
    ? fail(
        "data_mode",
        `This is ${mode} mode, and there are plans that were paid for in ${other.join(", ")} mode.`,
        "Use a data directory, or deployment, of its own for each mode: plans know no mode.",
      )
    : ok("data_mode", `Nothing here was paid for in another mode than ${mode}.`);
}

function keyCheck(mode: StripeMode): Check {
  const key = stripeSecretKey();
  return key === null
    ? warn(
        "stripe_key",
        "There is no API key: what is not delivered is not missed, and nothing can be bought.",
        "Set STRIPE_SECRET_KEY to a restricted key with the rights that README.md lists.",
      )
    : ok("stripe_key", `Key ${sha256Hex(key).slice(0, 12)}, of ${mode} mode.`);
}

function addressCheck(mode: StripeMode): Check {
  const { origin } = stripeApiUrl();
  return mode === "live" && !isStripeItself()
    ? fail(
        "stripe_address",
        `This is live mode, and the key is sent to ${origin}.`,
        "Remove STRIPE_API_URL: live data is at Stripe's own address only.",
      )
    : ok("stripe_address", `Stripe is at ${origin}.`);
}

/** Nothing where the address is not known, as in a data directory without its gateway. */
function ownAddressCheck(mode: StripeMode): Check[] {
  const own = ownAddress();
  if (own === null) {
    return [];
  }
  return mode === "live" && isLocal(own)
    ? [
        fail(
          "own_address",
          `Buyers are sent back to ${own.origin}, which is their own machine.`,
          "Set CONVEX_SITE_URL, and CONVEX_CLOUD_URL, to the address that the world knows.",
        ),
      ]
    : [ok("own_address", `This gateway is ${own.origin}.`)];
}

/** Nothing where nothing can be bought. */
function originsCheck(): Check[] {
  if (stripeSecretKey() === null) {
    return [];
  }
  const origins = (env["TOLLGATE_ORIGINS"] ?? "").split(",").filter((each) => each.trim() !== "");
  return origins.length === 0 && isStripeItself()
    ? [
        warn(
          "return_origins",
          "Buyers come back to the gateway only, and forms of your application are refused.",
          "Set TOLLGATE_ORIGINS to the origins of your application, like https://app.example.",
        ),
      ]
    : [ok("return_origins", `Buyers may come back to ${["the gateway", ...origins].join(", ")}.`)];
}

function versionCheck({ rows }: LatestDeliveries): Check {
  const versions = new Set(rows.flatMap(({ apiVersion }) => apiVersion ?? []));
  versions.delete(STRIPE_API_VERSION);
  return versions.size > 0
    ? warn(
        "api_version",
        `Deliveries come in ${[...versions].join(", ")}; the SDK speaks ${STRIPE_API_VERSION}.`,
        "Each is understood. To be sure of new fields, make an endpoint of that version and remove the old one.",
      )
    : ok("api_version", `No delivery came in another version than ${STRIPE_API_VERSION}.`);
}

function delayCheck({ rows }: LatestDeliveries): Check {
  const delaysMs = rows
    // A signature's time is in whole seconds, cut off.
    .map((row) => row.receivedAtMs - row.signatureTimestampSeconds * 1_000 - 500)
    .sort((a, b) => a - b);
  const middleMs = delaysMs[Math.floor(delaysMs.length / 2)];
  if (middleMs === undefined) {
    return ok("delivery_delay", "There was no delivery yet.");
  }
  const detail = `Deliveries are here ${Math.round(middleMs / 1_000) || 0} s after they were signed.`;
  return middleMs > MAX_DELAY_MS || middleMs < -MAX_EARLY_MS
    ? fail(
        "delivery_delay",
        detail,
        "Set this machine's clock by NTP. Beyond 300 s every delivery is refused.",
      )
    : ok("delivery_delay", detail);
}
