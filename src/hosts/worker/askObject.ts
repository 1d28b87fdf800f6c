import { objectName, type Place } from "./placement.ts";
import { workerLog } from "./ports.ts";

/** Hands a request to the object of a place. One that fails answers 503: whoever asks may ask again. */
export async function askObject(
  objects: ObjectNamespace,
  place: Place,
  request: Request,
): Promise<Response> {
  try {
    return await objects.getByName(objectName(place)).fetch(request);
  } catch (error) {
    workerLog.error("object_failed", { error: error instanceof Error ? error.name : typeof error });
    return Response.json(
      { code: "unavailable", message: "The gateway could not answer. Try again." },
      { status: 503, headers: { "Retry-After": "1" } },
    );
  }
}
