import { SANDBOX_LIMITS } from "../limits.ts";
import { invalidRequest } from "../StripeError.ts";

/**
 * The body of a request as text, read once and never further than the bound.
 *
 * @throws StripeError 413 for a longer body
 */
export async function readBody(request: Request): Promise<string> {
  if (request.body === null) {
    return "";
  }
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > SANDBOX_LIMITS.bodyBytes) {
      throw invalidRequest(`The request is larger than ${SANDBOX_LIMITS.bodyBytes} bytes.`, {
        status: 413,
      });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
