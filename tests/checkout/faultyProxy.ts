import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/**
 * What becomes of a request: an answer instead, or `lost`: it is done, and its answer never comes.
 */
export type ProxyFault = { status: number; body: string } | "lost";

/** Stands between a gateway and a sandbox, and makes requests go wrong. */
export interface FaultyProxy {
  readonly url: string;
  /** Each request that came, as `POST /v1/customers`. */
  readonly requests: string[];
  /** Asked for each request. */
  fault: (request: string) => ProxyFault | undefined;
  close(): Promise<void>;
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const server = createServer(async (request, response) => {
    const name = `${request.method} ${request.url?.split("?", 1)[0]}`;
    proxy.requests.push(name);
    const fault = proxy.fault(name);
    const body = await buffer(request);
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(
        ([each]) => !["host", "connection", "content-length"].includes(each),
      ),
    ) as Record<string, string>;
    if (fault !== undefined && fault !== "lost") {
      response.writeHead(fault.status, { "content-type": "application/json" }).end(fault.body);
      return;
    }
    const answer = await fetch(`${target}${request.url}`, {
      headers,
      method: request.method ?? "GET",
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    const text = await answer.text();
    if (fault === undefined) {
      response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    fault: () => undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
