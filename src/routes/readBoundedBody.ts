/**
 * A request's body, whether its length was announced or not.
 *
 * Hono's `bodyLimit` makes a new `Request` around a body of unknown length, which the Node server's own
 * kind of request does not survive.
 *
 * @returns null for more than `maxBytes`, of which no more is read
 * @throws when the body breaks off
 */
export async function readBoundedBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const announced = request.headers.get("content-length");
  if (announced !== null) {
    const bytes = Number(announced) > maxBytes ? null : new Uint8Array(await request.arrayBuffer());
    return bytes !== null && bytes.length <= maxBytes ? bytes : null;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) {
      // Leaving the loop cancels the rest.
      return null;
    }
    chunks.push(chunk);
  }
  return joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
