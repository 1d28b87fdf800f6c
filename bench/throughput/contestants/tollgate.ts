import { readFileSync } from "node:fs";
import { join } from "node:path";
import { localConnection } from "../../../src/cli/deployment/localConnection.ts";
import { YOUNG_GENERATION_FLAG } from "../../../src/hosts/node/boundHeap.ts";
import { readConfig } from "../../../src/hosts/node/config.ts";
import { audit } from "../../../src/internal/audit/audit.ts";
import type { Contestant } from "../Contestant.ts";
import { SUBSCRIPTIONS } from "../deliveries.ts";
import { CONNECTIONS } from "../load.ts";
import { startServer } from "../startServer.ts";

const GATEWAY = join(import.meta.dirname, "../../../src/hosts/node.ts");

export const tollgate: Contestant = {
  name: "tollgate",
  description: "as npm start runs it; its ledger is audited after each run",
  start: async (directory, secret) => {
    const variables = {
      TOLLGATE_DATA: directory,
      TOLLGATE_SANDBOX: "off",
      STRIPE_WEBHOOK_SECRET: secret,
    };
    const server = await startServer(GATEWAY, variables, [YOUNG_GENERATION_FLAG]);
    const planIds = await openPlans(server.url, directory);
    return {
      webhookUrl: `${server.url}/stripe/webhook`,
      pids: [server.pid],
      metadata: (place) => ({ planId: String(planIds[place]) }),
      stop: server.stop,
      fault: async (acknowledged) => {
        const connection = localConnection(readConfig(variables));
        try {
          const { report } = await audit(connection, {});
          const [finding] = report.findings;
          if (finding !== undefined) {
            return `the audit says of ${finding.table} ${finding.id}: ${finding.message}`;
          }
          const { applied = 0 } = report.statuses;
          return applied === acknowledged.size
            ? null
            : `${acknowledged.size} events were acknowledged, ${applied} are applied`;
        } finally {
          await connection.close();
        }
      },
    };
  },
};

async function openPlans(url: string, directory: string): Promise<unknown[]> {
  const adminKey = readFileSync(join(directory, "admin-key"), "utf8").trim();
  const open = async (place: number) => {
    const answer = await fetch(`${url}/api/function`, {
      method: "POST",
      headers: { authorization: `Convex ${adminKey}` },
      body: JSON.stringify({ path: "plans:open", args: { ownerId: `owner ${place}` } }),
    });
    return ((await answer.json()) as { value: unknown }).value;
  };
  const planIds: unknown[] = [];
  for (let first = 0; first < SUBSCRIPTIONS; first += CONNECTIONS) {
    const places = Array.from(
      { length: Math.min(CONNECTIONS, SUBSCRIPTIONS - first) },
      (_, i) => first + i,
    );
    planIds.push(...(await Promise.all(places.map(open))));
  }
  return planIds;
}
