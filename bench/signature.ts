import Stripe from "stripe";
import { signDelivery } from "../src/stripe/signDelivery.ts";
import { parseSigningSecrets } from "../src/stripe/signingSecrets.ts";
import { verifyDelivery } from "../src/stripe/verify.ts";

/**
 * What one check of a signature costs, side by side: ours, with the body's hash and the reading of the
 * event, and the stripe package's. Run: node bench/signature.ts
 */
const RUNS = 5;
const CHECKS_PER_RUN = 5_000;
const BODY_CHARACTERS = 3_500;

const secret = "whsec_bench0123456789abcdef0123";
const secrets = parseSigningSecrets(secret);
const timestampSeconds = Math.floor(Date.now() / 1_000);
const envelope = { id: "evt_1", object: "event", type: "x", created: timestampSeconds };
const pad = "x".repeat(BODY_CHARACTERS);
const body = JSON.stringify({ ...envelope, livemode: false, data: { object: { pad } } });
const signatureHeader = signDelivery({ body, secret, timestampSeconds });

const contestants: [string, () => unknown][] = [
  ["tollgate", () => verifyDelivery({ body, signatureHeader }, { secrets, nowMs: Date.now() })],
  ["stripe on node:crypto", () => Stripe.webhooks.constructEvent(body, signatureHeader, secret)],
];
const best = new Map<string, number>();
for (let run = 0; run < RUNS; run++) {
  for (const [name, check] of contestants) {
    const startedMs = performance.now();
    for (let i = 0; i < CHECKS_PER_RUN; i++) {
      check();
    }
    const microseconds = ((performance.now() - startedMs) * 1_000) / CHECKS_PER_RUN;
    best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, microseconds));
  }
}
for (const [name, microseconds] of best) {
  process.stdout.write(`${name.padEnd(24)}${microseconds.toFixed(1)} µs a check\n`);
}
