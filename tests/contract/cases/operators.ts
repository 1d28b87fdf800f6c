import { expect } from "vitest";
import { ask, openPlan, rowOf, tell, whenPassed } from "../asking.ts";
import { type ContractCase, NO_HTTP_API } from "../ContractCase.ts";
import type { Place } from "../Place.ts";

const PAGE = { numItems: 100, cursor: null };

export const OPERATORS: readonly ContractCase[] = [
  {
    promises: ["Q1"],
    what: "a key that was made works over a restart, is shown to nobody, and ends when it is revoked",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const made = await ask(place, "/api/v1/create_admin_key", {
        body: { name: "ann", role: "admin" },
      });
      const key = String(made.body["key"]);
      const listed = await ask(place, "/api/v1/list_admin_keys");
      expect(JSON.stringify(listed.body)).toContain('"ann"');
      expect(JSON.stringify(listed.body)).not.toContain(key.slice(-32));
      await place.restart();
      const works = async () => (await ask(place, "/api/check_admin_key", { key })).status === 200;
      expect(await works()).toBe(true);
      await ask(place, "/api/v1/revoke_admin_key", { body: { name: "ann" } });
      expect(await works()).toBe(false);
    },
  },
  {
    promises: ["Q2"],
    what: "a read-only key runs queries, and no mutation",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const made = await ask(place, "/api/v1/create_admin_key", {
        body: { name: "reader", role: "read-only" },
      });
      const key = String(made.body["key"]);
      const run = async (path: string, args: object) =>
        (await ask(place, "/api/function", { key, body: { path, args } })).body;
      const planId = await openPlan(place, "read only");
      expect(await run("plans:get", { planId })).toMatchObject({ status: "success" });
      expect(await run("plans:open", { ownerId: "written" })).not.toMatchObject({
        status: "success",
      });
    },
  },
  {
    promises: ["Q3"],
    what: "wrong keys are answered in one way, and the right one is not held up for them",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const tries = ["wrong_key_0123456789", "another_wrong_key_01234"].map((key) =>
        ask(place, "/api/check_admin_key", { key }),
      );
      const [one, other] = await Promise.all(tries);
      expect(one).toMatchObject({ status: 401, body: { code: "BadAdminKey" } });
      expect(other).toEqual(one);
      expect((await ask(place, "/api/check_admin_key")).status).toBe(200);
    },
  },
  {
    promises: ["Q4"],
    what: "what an operator changes is written down",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const ownerId = "written down";
      await openPlan(place, ownerId);
      const args = { table: "_operator_actions", order: "desc", paginationOpts: PAGE };
      const text = JSON.stringify(await place.run("_system/cli/tableData", args));
      expect(text).toContain("plans.js:open");
      expect(text).not.toContain(ownerId);
    },
  },
  {
    promises: ["Q5"],
    what: "the doctor finds a dead letter, and says what to do",
    run: async (place) => {
      const eventId = await tell(place, "customer.subscription.updated", UNREADABLE);
      const found = await doctor(place);
      expect(found).toContainEqual(
        expect.objectContaining({ check: "dead_letters", status: "fail" }),
      );
      expect(found.every(({ status, whatToDo }) => status === "ok" || whatToDo !== null)).toBe(
        true,
      );
      await place.run("inbox:markDead", { eventId, reason: "made by a test" });
    },
  },
  {
    promises: ["Q11"],
    what: "an event that is marked dead is no dead letter any more, and is not tried by a replay of all",
    run: async (place) => {
      const before = await deadLetters(place);
      const eventId = await tell(place, "customer.subscription.updated", UNREADABLE);
      expect(await deadLetters(place)).not.toEqual(before);
      await place.run("inbox:markDead", { eventId, reason: "made by a test" });
      const marked = await rowOf(place, eventId);
      expect(marked).toMatchObject({ status: "dead", statusReason: "marked_dead: made by a test" });
      await place.run("inbox:replay", { status: "dead" });
      await whenPassed(place, 0, async () => {
        expect(await place.run("inbox:replayProgress")).toMatchObject({ state: "done" });
      });
      expect(await rowOf(place, eventId)).toEqual(marked);
      expect(await deadLetters(place)).toEqual(before);
    },
  },
];

/** A subscription without anything that one has. */
const UNREADABLE = { id: "sub_unreadable", object: "subscription" };

async function doctor(
  place: Place,
): Promise<{ check: string; status: string; whatToDo: string | null }[]> {
  return (await place.run("doctor:stored", { atMs: place.nowMs() })) as never;
}

async function deadLetters(place: Place): Promise<unknown> {
  return (await doctor(place)).find(({ check }) => check === "dead_letters");
}
