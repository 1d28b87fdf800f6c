import type { Config } from "./config.ts";
import type { StoredSecret } from "./dataDirectory.ts";
import type { Gateway } from "./gateway.ts";

/** What an operator wants to know at the start: where, what is configured, what is not. No secret. */
export function startUpText(config: Config, gateway: Gateway): string {
  const { url, databaseFile, signingSecrets, keptSigningSecret, keptAdminKey } = gateway;
  const fingerprints = signingSecrets.map(({ fingerprint }) => fingerprint).join(", ");
  const lines: [string, string][] = [
    ["listening", url],
    ["webhook endpoint", `POST ${url}/stripe/webhook`],
    ["health", `GET ${url}/healthz`],
    ["data", databaseFile],
    ["mode", `${config.stripeMode}: events of the other mode are kept, but change nothing`],
    ["signing secret", secretText("STRIPE_WEBHOOK_SECRET", keptSigningSecret)],
    ["", `fingerprint ${fingerprints}`],
    ["admin key", secretText("TOLLGATE_ADMIN_KEY", keptAdminKey)],
    [
      "Stripe API",
      config.stripeSecretKey === null
        ? "not configured (set STRIPE_SECRET_KEY); webhooks work without it"
        : config.stripeApiUrl,
    ],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const text = lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join("\n");
  const warnings = config.warnings.map((warning) => `\nWarning: ${warning}\n`).join("");
  return `Tollgate is ready.\n\n${text}\n${warnings}\nStop it with Ctrl+C.\n`;
}

function secretText(variable: string, kept: StoredSecret | null): string {
  if (kept === null) {
    return `from ${variable}`;
  }
  return kept.created
    ? `made on this first start, kept in ${kept.file} (${variable} is not set)`
    : `kept in ${kept.file} (${variable} is not set)`;
}
