import { join } from "node:path";
import { stripe as stripePlugin } from "@better-auth/stripe";
import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import Database from "better-sqlite3";
import { Hono } from "hono";
import Stripe from "stripe";

/** As its documentation sets it up, on SQLite; the subscriptions are there before their events come. */
const database = new Database(join(process.env.DATA, "better-auth.sqlite"));
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
const options = {
  database,
  baseURL: "http://127.0.0.1",
  secret: "benchmark-only-0123456789abcdef0123456789abcdef",
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  plugins: [
    stripePlugin({
      stripeClient: new Stripe("sk_test_unused"),
      stripeWebhookSecret: process.env.STRIPE_WEBHOOK_SECRET,
      subscription: {
        enabled: true,
        plans: [
          { name: "professional", priceId: "price_bench", lookupKey: "professional_monthly" },
        ],
      },
    }),
  ],
};
const auth = betterAuth(options);
const { runMigrations } = await getMigrations(options);
await runMigrations();
database.exec("CREATE INDEX subscription_by_stripe_id ON subscription (stripeSubscriptionId)");
const { adapter } = await auth.$context;
for (let place = 0; place < Number(process.env.SUBSCRIPTIONS); place++) {
  await adapter.create({
    model: "subscription",
    data: {
      plan: "professional",
      referenceId: `owner ${place}`,
      stripeCustomerId: `cus_bench${place}`,
      stripeSubscriptionId: `sub_bench${place}`,
      status: "active",
    },
  });
}

const app = new Hono();
app.on(["GET", "POST"], "/api/auth/*", (c) => auth.handler(c.req.raw));
const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
process.once("SIGTERM", () => {
  server.closeAllConnections();
  server.close(() => database.close());
});
