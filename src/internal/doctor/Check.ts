import { type Infer, v } from "convex/values";

/** One thing that is right or not, what was seen of it, and what to do about it. Holds no secret. */
export const checkResult = v.object({
  /** A name of {@link CHECKS}; stable, for programs. */
  check: v.string(),
  title: v.string(),
  /** `warn`: it works, and somebody should look. `fail`: payments are lost, late, or for nothing. */
  status: v.union(v.literal("ok"), v.literal("warn"), v.literal("fail")),
  detail: v.string(),
  /** Empty where nothing is to be done. */
  whatToDo: v.string(),
});

export type Check = Infer<typeof checkResult>;

/**
 * Every check by its name, and who can make it: whoever reads the deployment's documents and variables
 * (`stored`), whoever may ask Stripe (`stripe`), or whoever is on the machine or holds its key (`host`).
 */
export const CHECKS = {
  configuration: { title: "Configuration", by: "host" },
  data_directory: { title: "Data directory", by: "host" },
  data_stripe: { title: "Data of another Stripe", by: "host" },
  storage: { title: "Database", by: "host" },
  disk: { title: "Disk", by: "host" },
  sandbox: { title: "Sandbox", by: "host" },
  admin_key: { title: "Admin key", by: "host" },
  admin_keys: { title: "Keys of admins", by: "host" },
  signing_secret: { title: "Signing secret", by: "stored" },
  signing_secret_retired: { title: "Former signing secret", by: "stored" },
  signing_secret_modes: { title: "Signing secret of two modes", by: "stored" },
  mode: { title: "Mode of deliveries", by: "stored" },
  data_mode: { title: "Mode of the plans", by: "stored" },
  stripe_key: { title: "Stripe API key", by: "stored" },
  stripe_address: { title: "Stripe's address", by: "stored" },
  own_address: { title: "Own address", by: "stored" },
  return_origins: { title: "Return origins", by: "stored" },
  dead_letters: { title: "Dead letters", by: "stored" },
  failing_events: { title: "Failing events", by: "stored" },
  oldest_unapplied: { title: "Oldest unapplied event", by: "stored" },
  ledger_whole: { title: "Nothing is missing", by: "stored" },
  api_version: { title: "API version of deliveries", by: "stored" },
  delivery_delay: { title: "Delay of deliveries", by: "stored" },
  stripe_api: { title: "Stripe's API", by: "stripe" },
  clock: { title: "Clock", by: "stripe" },
  webhook_endpoint: { title: "Webhook endpoint", by: "stripe" },
  webhook_api_version: { title: "API version of the endpoint", by: "stripe" },
  webhook_events: { title: "Events of the endpoint", by: "stripe" },
  catalog_prices: { title: "Prices of the catalog", by: "stripe" },
  offers: { title: "Prices of the offers", by: "stripe" },
} as const satisfies Record<string, { title: string; by: "host" | "stored" | "stripe" }>;

export type CheckName = keyof typeof CHECKS;

export function ok(check: CheckName, detail: string): Check {
  return { check, title: CHECKS[check].title, status: "ok", detail, whatToDo: "" };
}

export function warn(check: CheckName, detail: string, whatToDo: string): Check {
  return { check, title: CHECKS[check].title, status: "warn", detail, whatToDo };
}

export function fail(check: CheckName, detail: string, whatToDo: string): Check {
  return { check, title: CHECKS[check].title, status: "fail", detail, whatToDo };
}
