import type { IncomingMessage } from "node:http";
import type { HttpLimits } from "./httpLimits.ts";

/**
 * Reads what nobody has read of a request's body, and drops it: only then may its connection carry
 * another request, and only then does a client that sends before it listens see its answer. Resolves
 * with whether the end was reached: false when the body is larger or slower than the limits allow, or
 * the client left. Never rejects.
 */
export function discardBody(
  incoming: IncomingMessage,
  limits: Pick<HttpLimits, "maxDiscardedBytes" | "discardTimeoutMs">,
): Promise<boolean> {
  return new Promise((resolve) => {
    let discardedBytes = 0;
    const finish = () => {
      clearTimeout(timeout);
      incoming.off("data", discard).pause();
      resolve(incoming.readableEnded);
    };
    const discard = (chunk: Buffer) => {
      discardedBytes += chunk.length;
      if (discardedBytes > limits.maxDiscardedBytes) {
        finish();
      } else {
        // A web stream that was given up half way pauses the body with every chunk.
        incoming.resume();
      }
    };
    const timeout = setTimeout(finish, limits.discardTimeoutMs);
    incoming.on("data", discard).once("end", finish).once("close", finish).resume();
    if (incoming.destroyed) {
      finish();
    }
  });
}
