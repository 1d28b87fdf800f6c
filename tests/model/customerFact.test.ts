import { describe, expect, test } from "vitest";
import { customerFact, joinCustomerFacts } from "../../src/internal/model/customerFact.ts";
import { MAX_PLAN_ID_CLAIMS } from "../../src/internal/model/joinPlanIdClaims.ts";
import { customerFacts } from "./arbitraries.ts";
import { customer } from "./examples.ts";
import { expectJoinLaws } from "./joinLaws.ts";

describe("what one event says of a customer", () => {
  test("the deletion event deletes, although the object inside is not marked as deleted", () => {
    const snapshot = { id: "cus_1", deleted: false };
    const event = { id: "evt_customer", type: "customer.deleted" };
    expect(customerFact(snapshot, [], event)).toEqual(customer({ deleted: true }));
  });

  test("an event about another object links the customer to the plans it names", () => {
    const snapshot = { id: "cus_1", deleted: false };
    const event = { id: "evt_customer", type: "checkout.session.completed" };
    expect(customerFact(snapshot, ["plan_2", "plan_1"], event)).toEqual(
      customer({ planIdClaims: ["plan_1", "plan_2"] }),
    );
  });
});

describe("joining facts about one customer", () => {
  test("is commutative, associative and idempotent", () => {
    expectJoinLaws(customerFacts, joinCustomerFacts);
  });

  test("never brings a deleted customer back", () => {
    const deleted = customer({ deleted: true, eventId: "evt_2" });
    expect(joinCustomerFacts(deleted, customer({ eventId: "evt_1" }))).toEqual(deleted);
  });

  test("keeps a bounded set of claims whatever the order", () => {
    const links = Array.from({ length: MAX_PLAN_ID_CLAIMS + 4 }, (_, position) =>
      customer({ planIdClaims: [`plan_${String(position).padStart(2, "0")}`] }),
    );
    const joined = links.reduce(joinCustomerFacts);
    expect(joined.planIdClaims).toHaveLength(MAX_PLAN_ID_CLAIMS);
    expect(links.toReversed().reduce(joinCustomerFacts)).toEqual(joined);
  });
});
