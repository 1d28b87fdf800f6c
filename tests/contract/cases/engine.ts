import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { expect } from "vitest";
import { TEST_ADMIN_KEY } from "../../support/gatewayProcess.ts";
import { ask, openPlan, professional, refusalOf, tell, whenPassed } from "../asking.ts";
import { type ContractCase, NO_CRONS, NO_HTTP_API } from "../ContractCase.ts";
import type { Place } from "../Place.ts";
import { SyncSocket } from "../SyncSocket.ts";

const VARIABLE = "A_VARIABLE_OF_AN_ADMIN";

export const ENGINE: readonly ContractCase[] = [
  {
    promises: ["E3"],
    what: "arguments that do not match are refused with Convex's text",
    skipped: { "convex-test": "words its refusals otherwise" },
    run: async (place) => {
      const refused = await refusalOf(place, "plans:get", { planId: 5 });
      expect(refused).toContain("ArgumentValidationError: Value does not match validator.");
      expect(refused).toContain('Validator: v.id(\\"plans\\")');
    },
  },
  {
    promises: ["E6"],
    what: "ConvexHttpClient works unchanged",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const planId = await openPlan(place, "by a client");
      const client = new ConvexHttpClient(
        (place.syncUrl() ?? "").replace(/^ws(.*)\/api.*/, "http$1"),
      );
      (client as unknown as { setAdminAuth(key: string): void }).setAdminAuth(TEST_ADMIN_KEY);
      const get = makeFunctionReference<"query">("plans:get");
      const open = makeFunctionReference<"mutation">("plans:open");
      expect(await client.query(get, { planId })).toMatchObject({ ownerId: "by a client" });
      expect(await client.mutation(open, { ownerId: "by a client" })).toBe(planId);
    },
  },
  {
    promises: ["E10"],
    what: "crons run by themselves; runs that were missed are skipped",
    skipped: { ...NO_CRONS, ...NO_HTTP_API },
    run: async (place) => {
      const runs = async (): Promise<unknown[]> => await tableOf(place, "_cron_job_logs");
      await place.advance(600_000);
      await whenPassed(place, 0, async () => {
        expect(JSON.stringify(await runs())).toContain("numCanceled");
      });
      expect(JSON.stringify(await runs())).toContain("take up missed events");
    },
  },
  {
    promises: ["E11"],
    what: "system functions and endpoints answer admins only",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const body = { path: "_system/cli/tables", args: { paginationOpts: PAGE } };
      expect((await ask(place, "/api/function", { body })).body).toMatchObject({
        status: "success",
      });
      expect((await ask(place, "/api/query", { body, key: null })).body).toMatchObject({
        errorMessage: expect.stringContaining("Could not find public function"),
      });
      for (const key of [null, "wrong_key_0123456789"]) {
        const variables = { changes: [{ name: VARIABLE, value: "stolen" }] };
        const path = "/api/update_environment_variables";
        expect((await ask(place, path, { key, body: variables })).status).toBeGreaterThan(400);
      }
    },
  },
  {
    promises: ["E12"],
    what: "a variable that an admin sets is durable; those of the host cannot be set",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const set = (name: string, value: string) =>
        ask(place, "/api/update_environment_variables", { body: { changes: [{ name, value }] } });
      expect((await set(VARIABLE, "a value")).status).toBe(200);
      expect((await set("STRIPE_WEBHOOK_SECRET", "whsec_0123456789abcdef")).status).toBe(400);
      await place.restart();
      expect(
        await place.run("_system/cli/queryEnvironmentVariables:get", { name: VARIABLE }),
      ).toEqual({ name: VARIABLE, value: "a value" });
    },
  },
  {
    promises: ["E14"],
    what: "a live query hears of a plan that an event changed",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const planId = await openPlan(place, "watched");
      const socket = await SyncSocket.open(place);
      socket.watch("plans:get", { planId });
      await socket.until(({ text }) => text.includes('"free"'));
      await tell(place, "customer.subscription.created", professional(planId));
      await socket.until(({ text }) => text.includes('"professional"'));
      socket.close();
    },
  },
  {
    promises: ["E15"],
    what: "a mutation that is sent again over a new connection runs once",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const sessionId = crypto.randomUUID();
      const results: string[] = [];
      for (let connection = 0; connection < 2; connection++) {
        const socket = await SyncSocket.open(place, sessionId);
        socket.mutate("plans:open", { ownerId: sessionId });
        const { text } = await socket.until(({ type }) => type === "MutationResponse");
        results.push(text);
        socket.close();
        await place.restart();
      }
      // The timestamp of the first run shows that there was no second one.
      expect(results[1]).toBe(results[0]);
    },
  },
  {
    promises: ["E16"],
    what: "timestamps that were shown do not go back over a restart",
    skipped: NO_HTTP_API,
    run: async (place) => {
      await openPlan(place, "timed");
      const shown = await timestampOf(place);
      await place.restart();
      expect(await timestampOf(place)).toBeGreaterThanOrEqual(shown);
      await openPlan(place, "timed again");
      expect(await timestampOf(place)).toBeGreaterThan(shown);
    },
  },
  {
    promises: ["E17"],
    what: "what is no message of the sync protocol ends that connection and no other",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const [broken, whole] = [await SyncSocket.open(place), await SyncSocket.open(place)];
      broken.sendText("no message");
      await broken.closed();
      const planId = await openPlan(place, "undisturbed");
      whole.watch("plans:get", { planId });
      await whole.until(({ text }) => text.includes('"free"'));
      whole.close();
    },
  },
  {
    promises: ["E20"],
    what: "a token of the issuer says who asks; one with another key is refused with Convex's code",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const portal = async (token: string | null) => {
        const response = await place.fetch("/api/action", {
          method: "POST",
          headers: token === null ? {} : { authorization: `Bearer ${token}` },
          body: JSON.stringify({ path: "plans:portal", args: {}, format: "json" }),
        });
        return await response.text();
      };
      const token = (isForged: boolean) =>
        place.outside.tokenOf("signed in", place.nowMs(), isForged);
      expect(await portal(null)).toContain("not_signed_in");
      expect(await portal(await token(true))).toContain("InvalidAuthHeader");
      expect(await portal(await token(false))).toContain("customer_not_found");
    },
  },
  {
    promises: ["E23"],
    what: "an argument beyond Convex's limits is refused with Convex's text",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const stripeEventIds = Array.from({ length: 8_193 }, () => "evt");
      expect(await refusalOf(place, "reconcile:missing", { stripeEventIds })).toContain("8192");
    },
  },
];

const PAGE = { numItems: 100, cursor: null };

async function tableOf(place: Place, table: string): Promise<unknown[]> {
  const args = { table, order: "desc", paginationOpts: PAGE };
  return ((await place.run("_system/cli/tableData", args)) as { page: unknown[] }).page;
}

/** The newest timestamp that is shown, in nanoseconds. */
async function timestampOf(place: Place): Promise<bigint> {
  const { body } = await ask(place, "/api/query_ts", { body: {} });
  return Buffer.from(String(body["ts"]), "base64").readBigUInt64LE();
}
