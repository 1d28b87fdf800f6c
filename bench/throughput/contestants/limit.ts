import { join } from "node:path";
import type { Contestant } from "../Contestant.ts";
import { startServer } from "../startServer.ts";
import { faultOfTables } from "./faultOfTables.ts";

const SERVER = join(import.meta.dirname, "limit/server.ts");
const WORD = "node:http, HMAC and node:sqlite by hand, WAL, synchronous=FULL";

export const limit = contestant("limit", `${WORD}, up to 64 events a commit`, "64");
export const limitOneByOne = contestant("limit-1", `${WORD}, a commit for each event`, "1");

function contestant(name: string, description: string, batch: string): Contestant {
  return {
    name,
    description,
    start: async (directory, secret) => {
      const server = await startServer(SERVER, {
        DATA: directory,
        BATCH: batch,
        STRIPE_WEBHOOK_SECRET: secret,
      });
      return {
        webhookUrl: `${server.url}/`,
        pids: [server.pid],
        stop: server.stop,
        fault: async (acknowledged) => faultOfTables(join(directory, "limit.sqlite"), acknowledged),
      };
    },
  };
}
