import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deliveryOf, type JsonObject } from "../fixtures/stripe.ts";
import {
  type GatewayProcess,
  ledgerOf,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";

const FOLDER = join(import.meta.dirname, "../../../shared/events");

/** Has neither `object` nor `created`: signed, but no event. */
const NOT_AN_EVENT = "account.updated--ruby-mock--2.json";

/** The events with an id of their own: in the recordings most share one. */
function recordedEvents(): { name: string; event: JsonObject }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name, index) => {
      const text = readFileSync(join(FOLDER, name), "utf8").replace(/^\uFEFF/, "");
      return { name, event: { ...(JSON.parse(text) as JsonObject), id: `evt_recorded_${index}` } };
    });
}

async function deliverAll(
  gateway: GatewayProcess,
  events: readonly { name: string; event: JsonObject }[],
): Promise<Map<string, { status: number; result: JsonObject }>> {
  const answers = new Map<string, { status: number; result: JsonObject }>();
  for (const { name, event } of events) {
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    const response = await gateway.deliver(deliveryOf(event, { timestampSeconds }));
    const result = (await response.json()) as JsonObject;
    answers.set(name, { status: response.status, result });
  }
  return answers;
}

describe.skipIf(!existsSync(FOLDER))(
  "every recorded event, signed and delivered (skipped where ../shared/events is absent: it is not shipped)",
  () => {
    test("is answered with 200, is in the ledger once, and changes nothing the second time", async () => {
      const gateway = await startGatewayProcess(await temporaryDirectory());
      const events = recordedEvents();
      expect(events).toHaveLength(720);

      const first = await deliverAll(gateway, events);
      const refused = [...first].filter(([, { status }]) => status !== 200);
      expect(refused).toEqual([[NOT_AN_EVENT, { status: 400, result: expect.anything() }]]);
      const ledger = await ledgerOf(gateway);
      const delivered = events.filter(({ name }) => name !== NOT_AN_EVENT);
      expect(ledger.map(({ stripeEventId }) => stripeEventId).toReversed()).toEqual(
        delivered.map(({ event }) => event["id"]),
      );

      const second = await deliverAll(gateway, delivered);
      for (const { result } of second.values()) {
        expect(result).toMatchObject({ isDuplicate: true });
      }
      expect(await ledgerOf(gateway)).toEqual(ledger);
      await gateway.kill();
    }, 60_000);
  },
);
