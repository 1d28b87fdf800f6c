import { join } from "node:path";
import { serve } from "@hono/node-server";
import Database from "better-sqlite3";
import { Hono } from "hono";
import Stripe from "stripe";

/**
 * What people write: a route that has the signature checked by Stripe's package, and one transaction that
 * keeps the event's id and upserts the subscription.
 */
const stripe = new Stripe("sk_test_unused");
const database = new Database(join(process.env.DATA, "hand-written.sqlite"));
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec(`
  CREATE TABLE events (id TEXT PRIMARY KEY, type TEXT NOT NULL, body TEXT NOT NULL);
  CREATE TABLE subscriptions (
    id TEXT PRIMARY KEY, customer TEXT NOT NULL, status TEXT NOT NULL, period_end INTEGER NOT NULL,
    created INTEGER NOT NULL
  );
`);
const store = database.prepare("INSERT OR IGNORE INTO events VALUES (?, ?, ?)");
const apply = database.prepare(`
  INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
    status = excluded.status, period_end = excluded.period_end, created = excluded.created
  WHERE excluded.created >= subscriptions.created
`);
const take = database.transaction((event, body) => {
  if (store.run(event.id, event.type, body).changes === 0) {
    return;
  }
  const { id, customer, status, items } = event.data.object;
  apply.run(id, customer, status, items.data[0].current_period_end, event.created);
});

const app = new Hono();
app.post("/webhook", async (c) => {
  const body = await c.req.text();
  let event;
  try {
    const signature = c.req.header("stripe-signature");
    event = stripe.webhooks.constructEvent(body, signature, process.env.STRIPE_WEBHOOK_SECRET);
  } catch (error) {
    return c.text(`Webhook Error: ${error.message}`, 400);
  }
  if (event.type.startsWith("customer.subscription.")) {
    take(event, body);
  }
  return c.json({ received: true });
});

const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
process.once("SIGTERM", () => {
  server.closeAllConnections();
  server.close(() => database.close());
});
