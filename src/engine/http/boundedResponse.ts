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
  const reader = response.body.getReader();
  let bytes = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        bytes += value?.length ?? 0;
        if (done) {
          controller.close();
        } else if (bytes > MAX_HTTP_RESPONSE_BYTES) {
          const error = new Error(TOO_LARGE);
          controller.error(error);
          await reader.cancel(error);
        } else {
          controller.enqueue(value);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Reads on when somebody asks, and not ahead.
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}

const TOO_LARGE = "HttpResponseTooLarge: HTTP actions support responses up to 20 MiB";

function tooLarge(): Response {
  return Response.json({ code: "HttpResponseTooLarge", message: TOO_LARGE }, { status: 500 });
}
