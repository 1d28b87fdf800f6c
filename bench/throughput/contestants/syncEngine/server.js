import { createRequire } from "node:module";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

// As CommonJS: the migrations of its ES module look for `__dirname`, which is not there.
const { runMigrations, StripeSync } = createRequire(import.meta.url)(
  "@supabase/stripe-sync-engine",
);

/** As its documentation sets it up: webhooks are taken as they come, nothing is fetched from Stripe. */
const databaseUrl = process.env.DATABASE_URL;
const logger = { info: () => undefined, error: (error) => process.stderr.write(`${error}\n`) };
await runMigrations({ databaseUrl, schema: "stripe", logger });
const sync = new StripeSync({
  poolConfig: { connectionString: databaseUrl, max: 10, keepAlive: true },
  schema: "stripe",
  stripeSecretKey: "sk_test_unused",
  stripeWebhookSecret: process.env.STRIPE_WEBHOOK_SECRET,
});

const app = new Hono();
app.post("/webhooks", async (c) => {
  const signature = c.req.header("stripe-signature");
  try {
    await sync.processWebhook(Buffer.from(await c.req.arrayBuffer()), signature);
  } catch (error) {
    return c.json({ error: error.message }, 400);
  }
  return c.json({ received: true });
});

const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
process.once("SIGTERM", () => {
  server.closeAllConnections();
  server.close(() => process.exit());
});
