import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type Stripe from "stripe";

export interface ReceivedDelivery {
  body: string;
  signatureHeader: string;
  event: Stripe.Event;
}

export interface WebhookReceiver {
  readonly url: string;
  /** In the order of arrival. */
  readonly received: ReceivedDelivery[];
  /** How the next deliveries are answered; 200 when there is nothing here. */
  readonly answers: (number | "hang")[];
  /** Most requests that were open at once. */
  mostAtOnce(): number;
  close(): Promise<void>;
}

/** A webhook endpoint that takes everything and remembers it. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedDelivery[] = [];
  const answers: (number | "hang")[] = [];
  let open = 0;
  let most = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    most = Math.max(most, open);
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const body = Buffer.concat(chunks).toString("utf8");
    const signatureHeader = String(request.headers["stripe-signature"]);
    received.push({ body, signatureHeader, event: JSON.parse(body) });
    await new Promise((resolve) => setTimeout(resolve, 2));
    open -= 1;
    const answer = answers.shift() ?? 200;
    if (answer === "hang") {
      return;
    }
    response.writeHead(answer, answer === 307 ? { location: "/elsewhere" } : {});
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/stripe/webhook`,
    received,
    answers,
    mostAtOnce: () => most,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
