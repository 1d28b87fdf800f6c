import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../src/hosts/node/config.ts";
import { startGateway } from "../../src/hosts/node/gateway.ts";
import {
  checkoutSession,
  deliveryOf,
  stripeEvent,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";
import { temporaryFolder } from "../hosts/temporaryFolder.ts";
import { TEST_ADMIN_KEY } from "../support/gatewayProcess.ts";
import { startOtlpReceiver } from "../support/otlpReceiver.ts";
import { silentLog } from "../support/testEngine.ts";

test("Q7 a trace leads from a delivery by its check and its mutation to the commit", async () => {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.close());
  const gateway = await startGateway(
    readConfig({
      PORT: "0",
      TOLLGATE_DATA: temporaryFolder(),
      TOLLGATE_SANDBOX: "off",
      TOLLGATE_ADMIN_KEY: TEST_ADMIN_KEY,
      STRIPE_WEBHOOK_SECRET: TEST_SIGNING_SECRET,
      OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`,
    }),
    silentLog,
  );
  const event = stripeEvent(
    "checkout.session.completed",
    checkoutSession({ customer: "cus_traced1" }),
  );
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  for (const secret of [TEST_SIGNING_SECRET, "whsec_foreign0123456789"]) {
    const { body, signatureHeader } = deliveryOf(event, { timestampSeconds, secret });
    const headers = {
      "stripe-signature": signatureHeader,
      traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    };
    await fetch(`${gateway.url}/stripe/webhook`, { method: "POST", headers, body });
  }
  await fetch(`${gateway.url}/checkout?link=1.secretPayload.secretSignature`);
  await fetch(`${gateway.url}/secretPath`);
  await fetch(`${gateway.url}//secretPath/stripe/webhook`);
  expect((await fetch(`${gateway.url}/healthz`, { method: "PUT" })).status).toBe(405);
  // Sends what is left.
  await gateway.close();

  const { spans } = receiver;
  const outcomes = spans.filter(({ name }) => name === "POST /stripe/webhook");
  expect(outcomes.map(({ attributes }) => attributes["tollgate.outcome"]).toSorted()).toEqual([
    "refused",
    "verified",
  ]);
  const delivery = outcomes.find(
    ({ attributes }) => attributes["tollgate.event.id"] === event["id"],
  );
  expect(delivery?.attributes).toMatchObject({
    "http.response.status_code": 200,
    "tollgate.event.type": "checkout.session.completed",
  });
  const below = (id: string | undefined) =>
    spans
      .filter(({ parentSpanId }) => parentSpanId === id)
      .toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1));
  const [verify, ingest] = below(delivery?.spanId);
  expect([verify?.name, ingest?.name]).toEqual(["verify", "events:ingest"]);
  const steps = below(ingest?.spanId);
  expect(steps.map(({ name }) => name)).toEqual(["wait", "run", "commit"]);
  for (const span of [verify, ingest, ...steps]) {
    expect(span?.traceId).toBe(delivery?.traceId);
    expect((span?.startNs ?? 0n) >= (delivery?.startNs ?? 1n)).toBe(true);
    expect((span?.endNs ?? 1n) <= (delivery?.endNs ?? 0n)).toBe(true);
  }
  expect(spans.map(({ name }) => name)).toContain("GET /checkout");
  expect(receiver.bodies.join("")).not.toMatch(
    /cus_traced1|secretPayload|secretPath|whsec_|test_admin_key|a{32}/,
  );
});
