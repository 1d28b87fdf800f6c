import Stripe from "stripe";
import { expect, test, vi } from "vitest";
import { describeVerification } from "./verifyContract.ts";

// The build that Cloudflare Workers and Convex load; Node's export conditions never choose it.
vi.mock("stripe", () => import("../../node_modules/stripe/esm/stripe.esm.worker.js"));
vi.mock("#digests", () => import("../../src/stripe/digests.ts"));

test("the SDK's web build is loaded: by itself it cannot verify synchronously", () => {
  expect(() =>
    Stripe.webhooks.generateTestHeaderString({ payload: "{}", secret: "whsec_x" }),
  ).toThrow("cannot be used in a synchronous context");
});

describeVerification("web");
