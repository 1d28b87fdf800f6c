import { expect } from "vitest";
import { stripeEvent, uniqueId } from "../../fixtures/stripe.ts";
import { ask, deliver, openPlan, planType, post, professional, tell } from "../asking.ts";
import { type ContractCase, NO_HTTP_API } from "../ContractCase.ts";
import { SyncSocket } from "../SyncSocket.ts";

const DOORS = ["/api/query", "/api/mutation", "/api/action"] as const;

export const CLOSED: readonly ContractCase[] = [
  {
    promises: ["C1"],
    what: "at every door a client that calls an internal function gets the answer for one that does not exist",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const { value } = (
        await ask(place, "/api/function", {
          body: { path: "_system/cli/modules:apiSpec", args: {} },
        })
      ).body as { value: { identifier?: string; visibility?: { kind: string } }[] };
      const internals = value
        .filter(({ visibility }) => visibility?.kind === "internal")
        .map(({ identifier = "" }) => identifier.replace(".js", ""));
      expect(internals.length).toBeGreaterThan(50);
      const call = async (door: string, path: string): Promise<string> => {
        const { status, body } = await ask(place, door, { key: null, body: { path, args: {} } });
        const text = JSON.stringify([status, body]).replace(/\[Request ID: \w+\]/, "");
        return text.replaceAll(path, "PATH");
      };
      for (const door of DOORS) {
        const missing = await call(door, "plans:nothing");
        const answers = await Promise.all(internals.map((path) => call(door, path)));
        expect(new Set(answers)).toEqual(new Set([missing]));
      }
      const runByAddress = async (name: string): Promise<string> => {
        const { body } = await ask(place, `/api/run/plans/${name}`, { key: null, body: {} });
        return String(body["errorMessage"])
          .replace(/\[Request ID: \w+\]/, "")
          .replace(name, "NAME");
      };
      expect(await runByAddress("open")).toBe(await runByAddress("nothing"));
      const socket = await SyncSocket.open(place, crypto.randomUUID(), null);
      socket.mutate("plans:open", { ownerId: "nobody" });
      const { text } = await socket.until(({ type }) => type === "MutationResponse");
      expect(text).toContain("Could not find public function");
      socket.close();
    },
  },
  {
    promises: ["C4"],
    what: "events of the other mode and of accounts that are not allowed are quarantined",
    run: async (place) => {
      const planId = await openPlan(place, "foreign");
      for (const foreign of [{ livemode: true }, { account: uniqueId("acct") }]) {
        const event = stripeEvent("customer.subscription.created", professional(planId), foreign);
        const response = await deliver(place, event);
        expect(response.status).toBe(200);
        expect(await response.json()).toMatchObject({ status: "quarantined" });
      }
      expect(await planType(place, planId)).toBe("free");
    },
  },
  {
    promises: ["C5"],
    what: "a body of more than 1 MiB is answered with 413, another method with 405",
    run: async (place) => {
      const large = await post(place, {
        body: "x".repeat(1024 * 1024 + 1),
        signatureHeader: "t=1",
      });
      expect(large.status).toBe(413);
      expect((await place.fetch("/stripe/webhook")).status).toBe(405);
      await tell(place, "price.updated", { id: "p", object: "price", note: "x".repeat(900_000) });
    },
  },
];
