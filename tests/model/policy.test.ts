import { describe, expect, test } from "vitest";
import {
  MAX_GRACE_SECONDS,
  type PolicyError,
  parsePolicy,
} from "../../src/internal/model/parsePolicy.ts";
import { planRuleOrder, planRules } from "../../src/internal/model/planRules.ts";
import { defaultPolicy } from "../../src/internal/model/policy.ts";

describe("P12 a policy from JSON", () => {
  test("that names nothing is the default policy, and the default policy reads as itself", () => {
    expect(parsePolicy({})).toEqual(defaultPolicy);
    expect(parsePolicy(JSON.parse(JSON.stringify(defaultPolicy)))).toEqual(defaultPolicy);
  });

  test("changes only what it names", () => {
    const json = {
      subscription_past_due: { graceSeconds: 0 },
      purchase_refunded: { fromShare: 0.5 },
    };
    expect(parsePolicy(json)).toEqual({
      ...defaultPolicy,
      subscription_past_due: { grants: true, graceSeconds: 0 },
      purchase_refunded: { fromShare: 0.5 },
    });
  });

  test.each([
    [{ subscription_past_due: { graceSeconds: -1 } }, "subscription_past_due.graceSeconds"],
    [{ subscription_past_due: { graceSeconds: 1.5 } }, "subscription_past_due.graceSeconds"],
    [
      { subscription_past_due: { graceSeconds: MAX_GRACE_SECONDS + 1 } },
      "subscription_past_due.graceSeconds",
    ],
    [{ subscription_past_due: { graceDays: 7 } }, "subscription_past_due.graceDays"],
    [{ subscription_pastdue: {} }, "subscription_pastdue"],
    [{ subscription_paused: { grants: "yes" } }, "subscription_paused.grants"],
    [{ subscription_paused: null }, "subscription_paused"],
    [{ purchase_refunded: { fromShare: 0 } }, "purchase_refunded.fromShare"],
    [{ purchase_refunded: { fromShare: 1.01 } }, "purchase_refunded.fromShare"],
    [{ subscription_incomplete: { grants: true } }, "subscription_incomplete"],
    [null, ""],
    ["strict", ""],
    [[], ""],
  ])("%j is refused, and the field is named", (json, field) => {
    const error = refused(json);
    expect(error).toMatchObject({ code: "policy_invalid", fields: [field] });
    expect(error.message).toContain(field === "" ? "The value" : field);
  });

  test("every field that is wrong is named, and no value is", () => {
    const error = refused({ subscription_unpaid: { grants: "secret" }, purchase_disputed: 3 });
    expect(error.fields).toEqual(["subscription_unpaid.grants", "purchase_disputed"]);
    expect(error.message).not.toContain("secret");
  });
});

describe("the rules", () => {
  test("every rule has a stable snake_case code, one sentence and a place of its own", () => {
    const entries = Object.entries(planRules);
    for (const [code, reason] of entries) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(reason).toMatch(/^[A-Z].+\.$/);
    }
    expect(new Set(entries.map(([, reason]) => reason)).size).toBe(entries.length);
  });

  test("every policy is about a rule", () => {
    expect(Object.keys(planRules)).toEqual(expect.arrayContaining(Object.keys(defaultPolicy)));
  });

  test("no payment is named only when nothing else can be said", () => {
    const last = Math.max(...Object.keys(planRules).map((_, position) => position));
    expect(planRuleOrder("no_payment")).toBe(last);
  });
});

function refused(json: unknown): PolicyError {
  try {
    parsePolicy(json);
  } catch (error) {
    return error as PolicyError;
  }
  throw new Error("It was accepted.");
}
