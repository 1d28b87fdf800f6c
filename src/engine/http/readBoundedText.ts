import { RequestError } from "../errors.ts";

/**
 * A request's body as UTF-8 text, given up as soon as it proves too long.
 *
 * @throws RequestError 413 BodyTooLarge, 400 BadBody when it breaks off or is not UTF-8
 */
export async function readBoundedText(request: Request, maxBytes: number): Promise<string> {
  const tooLarge = new RequestError(
    413,
    "BodyTooLarge",
    `The request body is larger than ${maxBytes} bytes.`,
  );
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) {
    throw tooLarge;
  }
  if (request.body === null) {
    return "";
  }
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of request.body) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        break;
      }
      text += decoder.decode(chunk, { stream: true });
    }
    text += decoder.decode();
  } catch {
    if (bytes <= maxBytes) {
      throw new RequestError(400, "BadBody", "The request body is incomplete or not UTF-8.");
    }
  }
  if (bytes > maxBytes) {
    throw tooLarge;
  }
  return text;
}
