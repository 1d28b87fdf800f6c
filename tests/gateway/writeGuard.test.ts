import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { Id } from "../../src/internal/_generated/dataModel.ts";
import { internalMutation } from "../../src/internal/functions.ts";
import type { GuardedDatabase } from "../../src/internal/guard/guardedDatabase.ts";
import { internalFunctions } from "../support/internalFunctions.ts";
import { openTestEngine } from "../support/testEngine.ts";

/** What somebody could write in a function of their own, past the types. */
type Unchecked = Record<"insert" | "patch" | "replace" | "delete", (...args: unknown[]) => unknown>;

const probe = {
  patch: internalMutation({
    args: { id: v.id("plans"), value: v.any() },
    handler: async ({ db }, { id, value }) => await (db as unknown as Unchecked).patch(id, value),
  }),
  replace: internalMutation({
    args: { id: v.id("plans"), value: v.any() },
    handler: async ({ db }, { id, value }) => await (db as unknown as Unchecked).replace(id, value),
  }),
  delete: internalMutation({
    args: { id: v.id("plans") },
    handler: async ({ db }, { id }) => await (db as unknown as Unchecked).delete(id),
  }),
  patchInTable: internalMutation({
    args: { id: v.id("plans"), value: v.any() },
    handler: async ({ db }, { id, value }) =>
      await (db as unknown as Unchecked).patch("plans", id, value),
  }),
  insert: internalMutation({
    args: { table: v.string(), value: v.any() },
    handler: async ({ db }, { table, value }) =>
      await (db as unknown as Unchecked).insert(table, value),
  }),
  throughTable: internalMutation({
    args: { id: v.id("plans") },
    handler: async ({ db }, { id }) => {
      const { table } = db as unknown as { table?: (name: string) => Unchecked };
      await table?.("plans").patch(id, { planType: "professional" });
    },
  }),
};

const PAID = { planType: "professional" };

describe("V5 a function that holds no verified event", () => {
  test.each([
    ["patch", PAID],
    ["patch", { ownerId: "somebody else" }],
    ["patchInTable", PAID],
    ["replace", { ownerId: "ann", ...PAID }],
    ["delete", {}],
    ["throughTable", {}],
  ])("cannot %s a plan with %j, and nothing is written", async (name, value) => {
    const { call } = openTestEngine({ ...internalFunctions, probe });
    const id = await call("plans:open", { ownerId: "ann" });
    const before = await call("plans:get", { planId: id });
    const args = name === "delete" || name === "throughTable" ? { id } : { id, value };
    const outcome = await call(`probe:${name}`, args).then(
      () => null,
      (error: { data?: { code: string } }) => error.data?.code,
    );
    expect(outcome).toBe(name === "throughTable" ? null : "payment_write_refused");
    expect(await call("plans:get", { planId: id })).toEqual(before);
  });

  test.each([
    ["plans", { ownerId: "bob", ...PAID }],
    ["planChanges", {}],
    ["planTimers", {}],
    ["events", {}],
    ["eventBodies", {}],
    ["links", {}],
    ["subscriptions", {}],
    ["checkoutSessions", {}],
    ["invoices", {}],
    ["charges", {}],
    ["refunds", {}],
    ["disputes", {}],
    ["customers", {}],
  ])("cannot insert into %s", async (table, value) => {
    const { call } = openTestEngine({ ...internalFunctions, probe });
    await expect(call("probe:insert", { table, value })).rejects.toMatchObject({
      data: { code: "payment_write_refused" },
    });
  });

  test("is refused by the compiler before", () => {
    const write = async (db: GuardedDatabase, id: Id<"plans">) => {
      // @ts-expect-error a plan is changed by verified events only
      await db.patch(id, { planType: "professional" });
      // @ts-expect-error and so is the ledger
      await db.insert("planChanges", {});
      // @ts-expect-error the unguarded way in is not there
      db.table("plans");
    };
    expect(write).toBeTypeOf("function");
  });
});
