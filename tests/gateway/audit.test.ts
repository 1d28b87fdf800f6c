import { describe, expect, test } from "vitest";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { DIGESTED_TABLES } from "../../src/internal/audit/tables.ts";
import { digestOf } from "../../src/internal/ledger/digest.ts";
import type { JsonObject } from "../fixtures/stripe.ts";
import { internalFunctions } from "../support/internalFunctions.ts";
import { auditOf, codesOf, makeLedger } from "../support/ledgers.ts";
import { documentIn, rewriteRow, type StoredRow, storedRows } from "../support/storedRows.ts";
import { openTestEngine } from "../support/testEngine.ts";

/** A ledger in memory whose file somebody else has written to. */
async function tampered(change: (store: SqlStore, plans: { ann: string; bob: string }) => void) {
  const store = openMemoryStore();
  change(store, await makeLedger(openTestEngine(internalFunctions, store)));
  return await auditOf(openTestEngine(internalFunctions, store));
}

function find(store: SqlStore, table: string, matches: (row: JsonObject) => boolean): StoredRow {
  const found = storedRows(store).find(
    (row) => row.table.name === table && matches(documentIn(row)),
  );
  if (found === undefined) {
    throw new Error("no such row");
  }
  return found;
}

/** Changes fields of the first document of a table that `matches`, past the engine. */
function edit(
  store: SqlStore,
  table: string,
  matches: (row: JsonObject) => boolean,
  change: (fields: JsonObject) => JsonObject,
): void {
  const row = find(store, table, matches);
  const json = JSON.stringify(change(JSON.parse(row.json) as JsonObject));
  rewriteRow(store, row, { ...row, json });
}

function remove(store: SqlStore, table: string, matches: (row: JsonObject) => boolean): void {
  const row = find(store, table, matches);
  store.prepare(`DELETE FROM ${row.table.sqlName} WHERE place = ?`).run(row.place);
}

const all = () => true;

describe("X3 the audit", () => {
  test("of an ordinary ledger is clean, and says how far each event is proven", async () => {
    const gateway = openTestEngine(internalFunctions);
    await makeLedger(gateway);
    const report = await auditOf(gateway);
    expect(report.findings).toEqual([]);
    expect(report.proofs).toEqual({ signature: 13, hash_only: 0, body_dropped: 0, none: 0 });
    expect(report.statuses).toEqual({
      applied: 9,
      recorded: 1,
      unlinked: 1,
      quarantined: 1,
      dead: 1,
    });
    const empty = Object.entries(report.rows).filter(([, count]) => count === 0);
    const notMade = [...DIGESTED_TABLES.map(([table]) => table), "planTimers"];
    expect(empty.map(([table]) => table)).toEqual(notMade);
  });

  test("of a deployment that knows the secret no more proves by the hash, and names the secret", async () => {
    const gateway = openTestEngine(internalFunctions);
    await makeLedger(gateway);
    const secret = process.env["STRIPE_WEBHOOK_SECRET"];
    process.env["STRIPE_WEBHOOK_SECRET"] = "whsec_anotherSecretSince0123456789";
    try {
      const { proofs, unknownSecrets, findings } = await auditOf(gateway);
      expect(findings).toEqual([]);
      expect(proofs).toMatchObject({ signature: 0, hash_only: 13 });
      expect(Object.values(unknownSecrets)).toEqual([13]);
    } finally {
      process.env["STRIPE_WEBHOOK_SECRET"] = secret;
    }
  });

  test("names a plan that was made by hand", async () => {
    const { findings } = await tampered((store) =>
      edit(
        store,
        "plans",
        ({ ownerId }) => ownerId === "nobody",
        (plan) => ({ ...plan, planType: "professional", rule: "subscription_active", version: 1 }),
      ),
    );
    expect(codesOf(findings)).toEqual(["plan_unexplained", "plan_version_differs"]);
    expect(findings[0]?.message).toBe("is professional, but no event of the ledger is about it.");
  });

  test("names a plan that was edited, and what follows instead", async () => {
    const { findings } = await tampered((store, { ann }) =>
      edit(
        store,
        "plans",
        ({ _id }) => _id === ann,
        (plan) => ({ ...plan, planType: "enterprise" }),
      ),
    );
    expect(codesOf(findings)).toEqual(["plan_differs", "plan_version_differs"]);
    expect(findings[0]?.message).toContain("from the ledger follows free (subscription_canceled)");
  });

  test("names an event that is missing, by its place, and what it made", async () => {
    const { findings } = await tampered((store) =>
      remove(store, "events", ({ type }) => type === "charge.refunded"),
    );
    const codes = codesOf(findings);
    expect(codes).toContain("row_unexplained");
    expect(codes).toContain("body_unexplained");
    expect(codes.some((code) => /ledger_(?:row_missing|head_differs)/.test(code))).toBe(true);
  });

  test.each(["recorded", "quarantined", "dead"])(
    "X4 names a missing event that was %s and had no effect",
    async (status) => {
      const { findings } = await tampered((store) =>
        remove(store, "events", (row) => row["status"] === status),
      );
      expect(codesOf(findings).join()).toMatch(/ledger_(?:row_missing|head_differs)/);
    },
  );

  test.each([
    ["events", "receivedAtMs", 1, ["ledger_row_altered", "signature_wrong"]],
    [
      "events",
      "secretFingerprint",
      "000000000000",
      ["change_evidence_differs", "ledger_row_altered"],
    ],
    ["events", "signature", "0".repeat(64), ["ledger_row_altered", "signature_wrong"]],
    ["events", "type", "invoice.voided", ["columns_differ", "ledger_row_altered"]],
    ["events", "status", "recorded", ["status_wrong"]],
    ["planChanges", "to", "enterprise", ["change_altered", "change_contradicts"]],
    ["planChanges", "reason", "Because.", ["change_altered"]],
    ["subscriptions", "customerId", "cus_other", ["row_differs"]],
    ["subscriptions", "records", [], ["row_differs"]],
    ["links", "planIds", [], ["row_differs"]],
    ["recordedTypes", "count", 2, ["row_differs"]],
    ["ledgerHeads", "position", 9, ["ledger_head_differs"]],
  ])("names an edited row: %s.%s", async (table, field, value, codes) => {
    const { findings } = await tampered((store) =>
      edit(store, table, all, (row) => ({ ...row, [field]: value })),
    );
    expect(codesOf(findings)).toEqual(expect.arrayContaining(codes));
  });

  test("names a change that is missing", async () => {
    const { findings } = await tampered((store, { ann }) =>
      remove(store, "planChanges", ({ planId, version }) => planId === ann && version === 1),
    );
    expect(codesOf(findings)).toEqual(["change_contradicts", "change_missing"]);
  });

  test("names a forged change with a digest of its own by its event", async () => {
    const { findings } = await tampered((store, { ann }) =>
      edit(
        store,
        "planChanges",
        ({ planId, version }) => planId === ann && version === 1,
        (change) => {
          const forged = { ...change, bodySha256: "f".repeat(64) };
          return { ...forged, digest: digestOf(forged) };
        },
      ),
    );
    expect(codesOf(findings)).toEqual(["change_altered", "change_evidence_differs"]);
  });

  test("names a body that was changed, although the rest was made to fit", async () => {
    const { findings } = await tampered((store) =>
      edit(store, "eventBodies", all, (body) => ({
        ...body,
        text: String(body["text"]).replace('"active"', '"trialing"'),
      })),
    );
    expect(codesOf(findings)).toContain("body_altered");
  });

  test("names a missing body and a row that no event made", async () => {
    const { findings } = await tampered((store) => {
      remove(store, "eventBodies", all);
      edit(store, "customers", all, (row) => ({ ...row, account: "acct_other" }));
    });
    expect(codesOf(findings)).toEqual(
      expect.arrayContaining(["body_missing", "row_missing", "row_unexplained"]),
    );
  });
});
