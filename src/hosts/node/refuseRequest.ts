import type { IncomingMessage, ServerResponse } from "node:http";
import { discardBody } from "./discardBody.ts";
import type { HttpLimits } from "./httpLimits.ts";

const TEXT = "too many requests at once\n";

/**
 * Answers a request that nobody has time for with 503 and when to try again, at the least cost: a server that
 * is flooded spends its time on this. Its body is dropped; a connection whose body is too large or too slow
 * for that is closed.
 */
export function refuseRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  limits: Pick<HttpLimits, "maxDiscardedBytes" | "discardTimeoutMs">,
): void {
  outgoing.writeHead(503, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": TEXT.length,
    "retry-after": "1",
  });
  outgoing.end(TEXT);
  if (incoming.complete) {
    incoming.resume();
  } else {
    void discardBody(incoming, limits).then((isWhole) => {
      if (!isWhole) {
        incoming.socket.destroySoon();
      }
    });
  }
}
