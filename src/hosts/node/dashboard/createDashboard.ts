import { gzipSync } from "node:zlib";
import type { Log } from "../../../engine/ports.ts";
import { buildDashboard, DASHBOARD_PATH } from "../../dashboard/buildDashboard.ts";
import { dashboardHeaders } from "../../dashboard/dashboardHeaders.ts";

interface ServedFile {
  body: Uint8Array<ArrayBuffer>;
  gzipped: Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/**
 * The dashboard's files below `/dashboard`, built when somebody asks for the first of them and kept in
 * memory. They are the same for everybody and hold no data: the page asks for that with the admin key.
 *
 * @returns null for every other request
 */
export function createDashboard(log: Log): (request: Request) => Promise<Response | null> {
  let files: Promise<Map<string, ServedFile>> | null = null;
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return null;
    }
    const pathname = new URL(request.url).pathname.replace(/\/$/, "");
    if (pathname !== DASHBOARD_PATH && !pathname.startsWith(`${DASHBOARD_PATH}/`)) {
      return null;
    }
    files ??= build();
    try {
      const file = (await files).get(pathname);
      return file === undefined ? null : answer(request, file);
    } catch (error) {
      // Tried again with the next request: the sources may have been mended.
      files = null;
      log.error("the dashboard could not be built", { reason: (error as Error).message });
      return new Response("The dashboard could not be built; the gateway's log says why.", {
        status: 503,
      });
    }
  };
}

async function build(): Promise<Map<string, ServedFile>> {
  const built = await buildDashboard();
  return new Map(
    built.map((file) => [
      file.path,
      {
        body: file.body,
        gzipped: new Uint8Array(gzipSync(file.body)),
        headers: dashboardHeaders(file),
      },
    ]),
  );
}

function answer(request: Request, { body, gzipped, headers }: ServedFile): Response {
  return /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")
    ? new Response(gzipped, {
        headers: { ...headers, "Content-Encoding": "gzip", Vary: "Accept-Encoding" },
      })
    : new Response(body, { headers: { ...headers, Vary: "Accept-Encoding" } });
}
