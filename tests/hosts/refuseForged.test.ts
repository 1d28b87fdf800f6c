import { expect, onTestFinished, test } from "vitest";
import { startHttpServer } from "../../src/hosts/node/httpServer.ts";
import { createLineLog } from "../../src/hosts/node/lineLog.ts";
import { refuseForged } from "../../src/hosts/node/refuseForged.ts";
import { refusals } from "../../src/routes/webhook/refusals.ts";
import { signDelivery } from "../../src/stripe/signDelivery.ts";
import { parseSigningSecrets } from "../../src/stripe/signingSecrets.ts";
import { rawClient } from "./rawClient.ts";

const SECRET = "whsec_refuseForged0123456789abc";
const event = { id: "evt_1", object: "event", created: 1, type: "a.b", data: { object: {} } };
const body = JSON.stringify(event);
const secrets = parseSigningSecrets(SECRET);

test("a forged delivery is refused in the route's own words, and reaches nobody", async () => {
  const { url, reached, refused } = await serve();
  const answer = await deliver(url, body, "whsec_somebodyElses0123456789ab");
  expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "application/json"]);
  expect(await answer.json()).toEqual(refusals.signature_not_verified);
  expect([reached, refused()]).toEqual([[], 1]);
});

test("a genuine delivery passes with its body, also in many pieces and on one connection", async () => {
  const { url, reached, refused } = await serve();
  const long = JSON.stringify({ ...event, padding: "ä".repeat(200_000) });
  for (const each of [body, long, body]) {
    expect((await deliver(url, each)).status).toBe(200);
  }
  expect(reached).toEqual([body, long, body]);
  expect(refused()).toBe(0);
});

test("what is signed and no event is for the route to refuse", async () => {
  const { url, reached } = await serve();
  await deliver(url, "{}");
  expect(reached).toEqual(["{}"]);
});

test("whatever is unusual passes, and is for the route to judge", async () => {
  const { url, reached } = await serve();
  const stream = new Blob([body]).stream();
  await fetch(`${url}/stripe/webhook`, {
    ...{ method: "POST", body: stream, duplex: "half" },
    headers: { "stripe-signature": "t=1,v1=00" },
  } as RequestInit);
  await fetch(`${url}/stripe/webhook`, { method: "POST", body: "unsigned" });
  await fetch(`${url}/stripe//webhook`, { method: "POST", body: "elsewhere" });
  expect(reached).toEqual([body, "unsigned", "elsewhere"]);
});

test("everything passes while there are no secrets", async () => {
  const { url, reached, refused } = await serve(() => {
    throw new Error("not configured");
  });
  await deliver(url, body);
  expect([reached, refused()]).toEqual([[body], 0]);
});

test("a delivery that breaks off harms nobody", async () => {
  const { url, port, refused } = await serve();
  const client = rawClient(port);
  client.send(
    "POST /stripe/webhook HTTP/1.1\r\nhost: test\r\nstripe-signature: t=1,v1=00\r\ncontent-length: 99\r\n\r\n{",
  );
  client.socket.destroy();
  expect((await deliver(url, body)).status).toBe(200);
  expect(refused()).toBe(0);
});

async function serve(signingSecrets = () => secrets) {
  const reached: string[] = [];
  let count = 0;
  const server = await startHttpServer({
    ...{ host: "127.0.0.1", port: 0, log: createLineLog(() => undefined) },
    filter: refuseForged(signingSecrets, () => {
      count++;
    }),
    fetch: async (request) => {
      reached.push(await request.text());
      return new Response("taken");
    },
  });
  onTestFinished(() => server.close());
  return { ...server, reached, refused: () => count };
}

function deliver(url: string, text: string, secret = SECRET): Promise<Response> {
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const signature = signDelivery({ body: text, secret, timestampSeconds });
  const headers = { "stripe-signature": signature };
  return fetch(`${url}/stripe/webhook`, { method: "POST", body: text, headers });
}
