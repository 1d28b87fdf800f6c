import { join } from "node:path";
import type { Contestant } from "../Contestant.ts";
import { installed } from "../installed.ts";
import { startServer } from "../startServer.ts";
import { faultOfTables } from "./faultOfTables.ts";

export const handWritten: Contestant = {
  name: "hand-written",
  description:
    "Hono, stripe and better-sqlite3, WAL, synchronous=FULL, a transaction for each event",
  start: async (directory, secret) => {
    const folder = await installed("handWritten");
    const server = await startServer(join(folder, "server.js"), {
      DATA: directory,
      STRIPE_WEBHOOK_SECRET: secret,
    });
    return {
      webhookUrl: `${server.url}/webhook`,
      pids: [server.pid],
      stop: server.stop,
      fault: async (acknowledged) =>
        faultOfTables(join(directory, "hand-written.sqlite"), acknowledged),
    };
  },
};
