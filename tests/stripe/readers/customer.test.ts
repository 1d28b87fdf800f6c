import { expect, test } from "vitest";
import { readCustomer } from "../../../src/stripe/readers/customer.ts";
import { customer, deletedCustomer } from "../../fixtures/stripe.ts";

test("a customer is read with its id and nothing about the person", () => {
  expect(readCustomer(customer({ id: "cus_1" }))).toEqual({ id: "cus_1", deleted: false });
});

test("a deleted customer says so", () => {
  expect(readCustomer(deletedCustomer({ id: "cus_1" }))).toEqual({ id: "cus_1", deleted: true });
  expect(readCustomer(customer({ deleted: "true" })).deleted).toBe(false);
});

test("a customer without an id is unreadable", () => {
  expect(() => readCustomer(customer({ id: 7 }))).toThrow(
    expect.objectContaining({ code: "object_unreadable", field: "customer.id" }),
  );
});
