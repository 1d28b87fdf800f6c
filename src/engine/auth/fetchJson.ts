import { AUTH_FETCH_TIMEOUT_MS, MAX_AUTH_DOCUMENT_BYTES } from "../limits.ts";
import type { Fetch, Timer } from "../ports.ts";

/** What key sets are served as: plain JSON, or RFC 7517's own type. */
const MEDIA_TYPES: ReadonlySet<string> = new Set(["application/json", "application/jwk-set+json"]);

/** A document that could not be had. The message starts with what went wrong and quotes no body. */
export class FetchJsonError extends Error {
  override readonly name = "FetchJsonError";
}

/**
 * A JSON document of a provider: from the address itself when it is a `data:` URL, else by one GET that
 * follows no redirect and is bounded in time ({@link AUTH_FETCH_TIMEOUT_MS}) and size
 * ({@link MAX_AUTH_DOCUMENT_BYTES}).
 *
 * @throws FetchJsonError
 */
export async function fetchJson(url: string, fetch: Fetch, timer: Timer): Promise<unknown> {
  const text = url.startsWith("data:") ? dataUrlText(url) : await get(url, fetch, timer);
  try {
    return JSON.parse(text);
  } catch {
    throw new FetchJsonError("The answer is not valid JSON");
  }
}

/** The media type does not matter, as in convex-backend. */
function dataUrlText(url: string): string {
  const comma = url.indexOf(",");
  const [data, isBase64] = [url.slice(comma + 1), /;\s*base64$/i.test(url.slice(0, comma))];
  try {
    const decoded = decodeURIComponent(data);
    if (comma < 0 || !isBase64) {
      return decoded;
    }
    const bytes = Uint8Array.from(atob(decoded), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FetchJsonError("The data URL is not properly formatted");
  }
}

async function get(url: string, fetch: Fetch, timer: Timer): Promise<string> {
  const abort = new AbortController();
  const cancel = timer.after(AUTH_FETCH_TIMEOUT_MS, () => abort.abort());
  try {
    const response = await fetch(url, {
      headers: { Accept: "application/json" },
      // Not "error", which Cloudflare's runtime does not know: a redirect is no 200 either.
      redirect: "manual",
      signal: abort.signal,
    });
    checkResponse(response);
    return await boundedText(response);
  } catch (error) {
    if (error instanceof FetchJsonError) {
      throw error;
    }
    throw new FetchJsonError(abort.signal.aborted ? "It took too long" : "It did not answer");
  } finally {
    cancel();
    // Whatever was not read is not wanted any more.
    abort.abort();
  }
}

function checkResponse(response: Response): void {
  if (response.status !== 200) {
    throw new FetchJsonError(`HTTP ${response.status}`);
  }
  const contentType = response.headers.get("content-type") ?? "unknown";
  const [essence = ""] = contentType.split(";");
  if (!MEDIA_TYPES.has(essence.trim().toLowerCase())) {
    throw new FetchJsonError(
      `Invalid Content-Type '${contentType}'. Expected 'application/json' or 'application/jwk-set+json'`,
    );
  }
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_AUTH_DOCUMENT_BYTES) {
      throw new FetchJsonError(`The answer is longer than ${MAX_AUTH_DOCUMENT_BYTES} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
