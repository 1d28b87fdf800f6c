import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Contestant } from "../Contestant.ts";
import { SUBSCRIPTIONS } from "../deliveries.ts";
import { faultOfPeriods } from "../faultOfPeriods.ts";
import { installed } from "../installed.ts";
import { startServer } from "../startServer.ts";

export const betterAuthStripe: Contestant = {
  name: "better-auth",
  description:
    "@better-auth/stripe in Hono on better-sqlite3, WAL, synchronous=FULL, an index by Stripe's id; keeps no ledger",
  start: async (directory, secret) => {
    const folder = await installed("betterAuth");
    const server = await startServer(join(folder, "server.js"), {
      DATA: directory,
      SUBSCRIPTIONS: String(SUBSCRIPTIONS),
      STRIPE_WEBHOOK_SECRET: secret,
    });
    return {
      webhookUrl: `${server.url}/api/auth/stripe/webhook`,
      pids: [server.pid],
      stop: server.stop,
      fault: async (acknowledged) =>
        faultOfPeriods(periodsIn(join(directory, "better-auth.sqlite")), acknowledged),
    };
  },
};

function periodsIn(file: string): { id: string; periodEnd: number }[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database
      .prepare("SELECT stripeSubscriptionId AS id, periodEnd FROM subscription")
      .all() as { id: string; periodEnd: string }[];
    return rows.map(({ id, periodEnd }) => ({ id, periodEnd: Date.parse(periodEnd) / 1_000 }));
  } finally {
    database.close();
  }
}
