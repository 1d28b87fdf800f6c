import { connect } from "node:net";
import { deliveryOf, stripeEvent, subscription } from "../../tests/fixtures/stripe.ts";
import type { GatewayProcess } from "../../tests/support/spawnGateway.ts";
import { type FuzzTarget, shownInput } from "./FuzzTarget.ts";
import type { Mutator } from "./Mutator.ts";
import { almostMessage } from "./parsers.ts";

/** Connections at once. */
const CONNECTIONS = 64;

/** What is not a whole request is waited for no longer than this. */
const ENDS_AFTER_MS = 40;

/** A server that has neither answered nor closed by then is stuck. */
const SILENCE_MS = 20_000;

/** Answers that say: not now. All other 5xx are failures. */
const NAMED_5XX = /^HTTP\/1\.1 503 /;

/** Requests that are almost right, each on a connection of its own, to every door. */
export function httpRequests(gateway: () => GatewayProcess): FuzzTarget {
  return {
    name: "HTTP requests",
    send: (count, mutator, told) =>
      onConnections(count, told, async () => {
        const input = requestOf(mutator);
        const said = await exchange(gateway().url, Buffer.from(input, "latin1"));
        const statuses = said.match(/^HTTP\/1\.1 5\d\d [^\r]*/gm) ?? [];
        const unnamed = statuses.filter((status) => !NAMED_5XX.test(status));
        return { inputs: 1, flaws: unnamed.map((status) => `${status} to ${shownInput(input)}`) };
      }),
  };
}

/** Frames that are almost right, several on a connection that was opened rightly. */
export function webSocketFrames(gateway: () => GatewayProcess): FuzzTarget {
  return {
    name: "WebSocket frames",
    send: (count, mutator, told) =>
      onConnections(count, told, async () => {
        const frames = Array.from({ length: 1 + mutator.below(4) }, () => frameOf(mutator));
        const said = await exchange(gateway().url, Buffer.concat([UPGRADE, ...frames]));
        const flaw = `not upgraded: ${shownInput(said)}`;
        return {
          inputs: frames.length,
          flaws: said.startsWith("HTTP/1.1 101") ? [] : [flaw],
        };
      }),
  };
}

async function onConnections(
  count: number,
  told: (inputs: number) => void,
  send: () => Promise<{ inputs: number; flaws: string[] }>,
): Promise<string[]> {
  const flaws: string[] = [];
  let left = count;
  const connection = async () => {
    while (left > 0) {
      left--;
      const sent = await send();
      left -= sent.inputs - 1;
      flaws.push(...sent.flaws);
      told(sent.inputs);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return flaws;
}

/** Says everything at once, and ends soon. @returns what was heard until the end */
function exchange(url: string, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    let heard = "";
    socket.setTimeout(SILENCE_MS, () => {
      heard += "HTTP/1.1 599 no end\r\n";
      socket.destroy();
    });
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
    // A reset is one of the ways to end.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(heard));
    // Node cuts off whoever stops speaking before the answer.
    socket.write(bytes, () => setTimeout(() => socket.end(), ENDS_AFTER_MS));
  });
}

const BODY = JSON.stringify(stripeEvent("customer.subscription.updated", subscription()));

function requestOf(mutator: Mutator): string {
  const { signatureHeader } = deliveryOf(BODY, { secret: "whsec_foreign0123456789abcdef" });
  const body = mutator.one([
    BODY,
    mutator.json({ path: "plans:open", args: { ownerId: "ann" } }),
    "",
  ]);
  const head = [
    mutator.one([
      "POST /stripe/webhook HTTP/1.1",
      "POST /api/mutation HTTP/1.1",
      "POST /api/function HTTP/1.1",
      "POST /checkout HTTP/1.1",
      "GET /checkout?link=1.a.b HTTP/1.1",
      "GET /checkout/return?session_id=cs_1&state=x HTTP/1.1",
      "GET /healthz HTTP/1.1",
      "GET /dashboard/ HTTP/1.1",
      "GET /api/1.48.0/sync HTTP/1.1",
      "OPTIONS /api/query HTTP/1.1",
    ]),
    "host: localhost",
    `stripe-signature: ${mutator.below(2) === 0 ? signatureHeader : mutator.text(signatureHeader)}`,
    mutator.one(["authorization: Convex key", "authorization: Bearer a.b.c", "accept: */*"]),
    mutator.one([`content-length: ${body.length}`, "transfer-encoding: chunked", "x: y"]),
    mutator.one([
      "content-type: application/json",
      "content-type: application/x-www-form-urlencoded",
    ]),
    "connection: close",
  ].join("\r\n");
  const text = `${head}\r\n\r\n${body}`;
  return mutator.below(4) === 0 ? text : mutator.text(text);
}

const UPGRADE = Buffer.from(
  [
    "GET /api/1.48.0/sync HTTP/1.1",
    "host: localhost",
    "connection: Upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    "\r\n",
  ].join("\r\n"),
);

const MASK = Buffer.from([1, 2, 3, 4]);

/** A masked text frame with an almost right message; now and then other bits, lengths or bytes. */
function frameOf(mutator: Mutator): Buffer {
  const payload = Buffer.from(almostMessage(mutator)).map((byte, i) => byte ^ (MASK[i % 4] ?? 0));
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : Buffer.from([0x80 | 126, (payload.length >> 8) & 0xff, payload.length & 0xff]);
  const frame = Buffer.concat([Buffer.from([0x81]), length, MASK, payload]);
  if (mutator.below(3) === 0) {
    frame[mutator.below(Math.min(8, frame.length))] = mutator.below(256);
  }
  return frame;
}
