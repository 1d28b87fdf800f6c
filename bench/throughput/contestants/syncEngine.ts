import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Contestant } from "../Contestant.ts";
import { faultOfPeriods } from "../faultOfPeriods.ts";
import { installed } from "../installed.ts";
import { startPostgres } from "../startPostgres.ts";
import { startServer } from "../startServer.ts";

export const syncEngine: Contestant = {
  name: "sync-engine",
  description:
    "@supabase/stripe-sync-engine in Hono on PostgreSQL, 10 connections, synchronous_commit=on; keeps no ledger",
  start: async (directory, secret) => {
    const folder = await installed("syncEngine");
    const postgres = await startPostgres(directory);
    const server = await startServer(join(folder, "server.js"), {
      DATABASE_URL: postgres.url,
      STRIPE_WEBHOOK_SECRET: secret,
    });
    return {
      webhookUrl: `${server.url}/webhooks`,
      pids: [server.pid, postgres.pid],
      stop: server.stop,
      fault: async (acknowledged) =>
        faultOfPeriods(await periodsIn(folder, postgres.url), acknowledged),
      remove: postgres.stop,
    };
  },
};

/** By the contestant's own driver: the benchmark has none. */
async function periodsIn(
  folder: string,
  url: string,
): Promise<{ id: string; periodEnd: number }[]> {
  const program = `
    import pg from "pg";
    const client = new pg.Client(${JSON.stringify(url)});
    await client.connect();
    const { rows } = await client.query(
      'SELECT subscription AS id, current_period_end AS "periodEnd" FROM stripe.subscription_items',
    );
    await client.end();
    console.log(JSON.stringify(rows));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { cwd: join(folder), maxBuffer: 16_000_000 },
  );
  return JSON.parse(stdout);
}
