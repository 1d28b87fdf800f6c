import Stripe from "stripe";
import { expect, test } from "vitest";
import { describeVerification } from "./verifyContract.ts";

test("the SDK's Node build is loaded: it can verify synchronously by itself", () => {
  const header = Stripe.webhooks.generateTestHeaderString({ payload: "{}", secret: "whsec_x" });
  expect(Stripe.webhooks.constructEvent("{}", header, "whsec_x")).toEqual({});
});

describeVerification("Node");
