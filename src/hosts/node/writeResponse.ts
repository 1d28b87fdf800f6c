import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** Of a body that comes within one turn of the event loop, to go out at once; and one piece more. */
const MAX_BYTES_AT_ONCE = 64 * 1_024;

/**
 * Sends an answer. A body that is there at once, as a text is, goes out in one piece with its length; of any
 * other each piece goes out as it comes, as fast as the client reads. A client that leaves cancels it.
 *
 * @throws whatever the body fails with, then not all of it was sent; TypeError for a body that is not made of
 *   bytes, Error for a status or headers that HTTP does not allow
 */
export async function writeResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  const { status, body } = response;
  const headers = fieldsOf(response.headers);
  if (body === null) {
    outgoing.writeHead(status, headers);
    outgoing.end();
    return;
  }
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  outgoing.once("close", cancel);
  if (outgoing.destroyed) {
    cancel();
  }
  const { pieces, next } = await readAtOnce(reader);
  if (next === null) {
    const whole = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    headers["content-length"] ??= whole?.length ?? 0;
    outgoing.writeHead(status, headers);
    outgoing.end(whole);
    return;
  }
  outgoing.writeHead(status, headers);
  outgoing.flushHeaders();
  if (outgoing.req.method === "HEAD") {
    cancel();
    outgoing.end();
    return;
  }
  for (const piece of pieces) {
    await write(piece, outgoing);
  }
  for (let read = await next; !read.done; read = await reader.read()) {
    await write(bytesOf(read.value), outgoing);
  }
  outgoing.end();
}

function fieldsOf(headers: Headers): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = Object.fromEntries(headers);
  const cookies = headers.getSetCookie();
  return cookies.length === 0 ? fields : { ...fields, "set-cookie": cookies };
}

type Reader = ReadableStreamDefaultReader<unknown>;

interface ReadAtOnce {
  readonly pieces: readonly Uint8Array[];
  /** Null when that is all. */
  readonly next: ReturnType<Reader["read"]> | null;
}

async function readAtOnce(reader: Reader): Promise<ReadAtOnce> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const turn = nextTurn();
  try {
    for (;;) {
      const next = reader.read();
      const read = await Promise.race([next, turn.over]);
      if (read === null) {
        return { pieces, next };
      }
      if (read.done) {
        return { pieces, next: null };
      }
      const piece = bytesOf(read.value);
      pieces.push(piece);
      if (bytes > MAX_BYTES_AT_ONCE) {
        return { pieces, next: reader.read() };
      }
      bytes += piece.length;
    }
  } finally {
    turn.cancel();
  }
}

/** Streams may hold anything; the body of an answer is bytes, as everywhere. */
function bytesOf(piece: unknown): Uint8Array {
  if (!(piece instanceof Uint8Array)) {
    throw new TypeError("A body is made of bytes.");
  }
  return piece;
}

function nextTurn(): { over: Promise<null>; cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<null>();
  const immediate = setImmediate(resolve, null);
  return { over: promise, cancel: () => clearImmediate(immediate) };
}

/** Resolves when there is room for more, or nobody to read it. */
async function write(piece: Uint8Array, outgoing: ServerResponse): Promise<void> {
  if (!outgoing.write(piece) && !outgoing.destroyed) {
    await new Promise<void>((resolve) => {
      const go = () => {
        outgoing.off("drain", go).off("close", go);
        resolve();
      };
      outgoing.on("drain", go).on("close", go);
    });
  }
}
