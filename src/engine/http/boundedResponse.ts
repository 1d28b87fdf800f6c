import { MAX_HTTP_RESPONSE_BYTES } from "../limits.ts";

/**
 * An HTTP action's response with its body cut off at {@link MAX_HTTP_RESPONSE_BYTES}: what is longer
 * breaks off with an error, so that nobody takes a part for the whole. Streams stay streams.
 */
export function boundedResponse(response: Response): Response {
  const announced = Number(response.headers.get("content-length") ?? 0);
  if (response.body === null) {
    return response;
  }
  if (announced > MAX_HTTP_RESPONSE_BYTES) {
    void response.body.cancel();
    return tooLarge();
  }
  let bytes = 0;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > MAX_HTTP_RESPONSE_BYTES) {
        controller.error(new Error(TOO_LARGE));
      } else {
        controller.enqueue(chunk);
      }
    },
  });
  return new Response(response.body.pipeThrough(bound), response);
}

const TOO_LARGE = "HttpResponseTooLarge: HTTP actions support responses up to 20 MiB";

function tooLarge(): Response {
  return Response.json({ code: "HttpResponseTooLarge", message: TOO_LARGE }, { status: 500 });
}
