import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Fetch } from "../../src/hosts/node/guardedFetch.ts";
import { HTTP_LIMITS, type HttpLimits } from "../../src/hosts/node/httpLimits.ts";
import { type HttpServer, ListenError, startHttpServer } from "../../src/hosts/node/httpServer.ts";
import { createLineLog } from "../../src/hosts/node/lineLog.ts";
import { type RawClient, rawClient } from "./rawClient.ts";

const GET = "GET / HTTP/1.1\r\nhost: test\r\n\r\n";
const MEBIBYTE = 1_024 * 1_024;
const LONG = new Uint8Array(1_024);

let logged: string[] = [];
let escaped: unknown[] = [];
const catchEscaped = (reason: unknown) => void escaped.push(reason);

beforeEach(() => {
  logged = [];
  escaped = [];
  process.on("unhandledRejection", catchEscaped);
  process.on("uncaughtExceptionMonitor", catchEscaped);
});

afterEach(async () => {
  await delay(5);
  process.off("unhandledRejection", catchEscaped);
  process.off("uncaughtExceptionMonitor", catchEscaped);
  expect(escaped).toEqual([]);
});

describe("a request", () => {
  test("reaches fetch whole, and its answer the client", async () => {
    const { url, port } = await serve(async (request) => {
      const { method, headers } = request;
      const body = await request.text();
      return Response.json({ url: request.url, method, header: headers.get("x-a"), body });
    });
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const response = await fetch(`${url}/a/b?c=d`, {
      method: "POST",
      headers: { "x-a": "1" },
      body: "grüße",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).not.toBeNull();
    expect(await response.json()).toEqual({
      url: `${url}/a/b?c=d`,
      method: "POST",
      header: "1",
      body: "grüße",
    });
  });

  test("is answered also while others wait, and one connection serves many", async () => {
    const { port } = await serve(echoPath);
    const client = rawClient(port);
    for (let turn = 0; turn < 5; turn += 1) {
      client.send(`GET /${turn} HTTP/1.1\r\nhost: test\r\n\r\n`);
      await client.until(new RegExp(`\r\n\r\n/${turn}`));
    }
    expect(client.received().match(/HTTP\/1.1 200 OK/g)).toHaveLength(5);
  });

  test("leaves the process's own Request and Response alone", async () => {
    const [request, response] = [globalThis.Request, globalThis.Response];
    await serve(echoPath);
    expect([globalThis.Request, globalThis.Response]).toEqual([request, response]);
  });

  test("may be answered piece by piece", async () => {
    const { url } = await serve(
      () =>
        new Response(
          ReadableStream.from([Buffer.from("one "), Buffer.from("two")]) as ReadableStream,
        ),
    );
    expect(await (await fetch(url)).text()).toBe("one two");
  });

  test.each([204, 304])("may be answered without a body: %i", async (status) => {
    const { url } = await serve(() => new Response(null, { status }));
    expect((await fetch(url)).status).toBe(status);
  });
});

describe("an error in fetch", () => {
  const mistake = () => {
    throw Object.assign(new TypeError("the payload is SECRET\n    at SECRET (SECRET:1)"), {
      code: "E_TEST",
    });
  };

  test.each([
    ["thrown", mistake],
    ["rejected", async () => mistake()],
    ["not even an error", () => Promise.reject("SECRET")],
    ["an answer used twice", usedResponse],
  ])("%s answers 500 with a constant text and logs no payload", async (_, broken) => {
    const { url } = await serve(broken);
    const response = await fetch(`${url}/path?key=SECRET`);
    expect([response.status, await response.text()]).toEqual([500, "internal error\n"]);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatch(/^error a request failed method=GET path=\/path error=/);
    expect(logged[0]).not.toContain("SECRET");
  });

  test("is logged with its class, its code and its place", async () => {
    const { url } = await serve(mistake);
    await fetch(url);
    expect(logged[0]).toMatch(/error=TypeError code=E_TEST at="mistake \(.*httpServer\.test\.ts/);
  });

  test("while the body is being sent cuts the connection, and the next request is served", async () => {
    const { url } = await serve((request) =>
      new URL(request.url).pathname === "/fine"
        ? new Response("fine")
        : new Response(failingBody()),
    );
    const response = await fetch(url);
    await expect(response.text()).rejects.toThrow();
    expect(logged).toHaveLength(1);
    expect(logged[0]).not.toContain("SECRET");
    expect(await (await fetch(`${url}/fine`)).text()).toBe("fine");
  });

  test("before the body's first byte cuts the connection without a word about it", async () => {
    const { port } = await serve(
      () =>
        new Response(
          new ReadableStream({
            pull: () => {
              throw new Error("SECRET");
            },
          }),
        ),
    );
    const client = rawClient(port);
    client.send(GET);
    expect(await client.closed()).not.toContain("SECRET");
    expect(logged).toHaveLength(1);
    expect(logged[0]).not.toContain("SECRET");
  });
});

describe("E25 an answer", () => {
  test("goes out as it comes, and its beginning is not held back", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { port } = await serve(() => {
      const pieces = async function* () {
        yield Buffer.from("one ");
        await released;
        yield Buffer.from("two");
      };
      return new Response(ReadableStream.from(pieces()) as ReadableStream);
    });
    const client = rawClient(port);
    client.send(GET);
    expect(await client.until(/one /)).not.toContain("two");
    release();
    expect(await client.until(/two\r\n0\r\n\r\n/)).toContain("Transfer-Encoding: chunked");
  });

  test("that is a text goes out with its length, and with all its cookies", async () => {
    const { url } = await serve(() => {
      const headers = new Headers({ "x-own": "1" });
      headers.append("set-cookie", "a=1");
      headers.append("set-cookie", "b=2");
      return new Response("text", { headers });
    });
    const { headers } = await fetch(url);
    expect(headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect([headers.get("x-own"), headers.get("content-length")]).toEqual(["1", "4"]);
  });

  test("that is not made of bytes cuts the connection and is logged", async () => {
    const { port } = await serve(
      () => new Response(ReadableStream.from(["one ", "two"]) as ReadableStream),
    );
    const client = rawClient(port);
    client.send(GET);
    expect(await client.closed()).toBe("");
    expect(logged).toHaveLength(1);
  });

  test("that nobody waits for any more is not made", async () => {
    const { promise: canceled, resolve: cancel } = Promise.withResolvers<unknown>();
    const client: RawClient = rawClient(
      (
        await serve(async (_, { outgoing }) => {
          const left = new Promise((resolve) => outgoing.once("close", resolve));
          client.socket.destroy();
          await left;
          return new Response(new ReadableStream({ pull: (c) => c.enqueue(LONG), cancel }));
        })
      ).port,
    );
    client.send(GET);
    await canceled;
  });

  test("to HEAD is not made longer than it is read", async () => {
    const { promise: canceled, resolve: cancel } = Promise.withResolvers<unknown>();
    const { url } = await serve(
      () => new Response(new ReadableStream({ pull: (c) => c.enqueue(LONG), cancel })),
    );
    expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
    await canceled;
  });

  test("that HTTP does not know cuts the connection and is logged", async () => {
    const { port } = await serve(() => Response.error());
    const client = rawClient(port);
    client.send(GET);
    expect(await client.closed()).toBe("");
    expect(logged).toHaveLength(1);
  });
});

describe("a client that does not speak HTTP properly", () => {
  test.each([
    ["garbage bytes", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03garbage\r\n\r\n"],
    ["a request without host", "GET / HTTP/1.1\r\n\r\n"],
    ["a host that is none", "GET / HTTP/1.1\r\nhost: a b\r\n\r\n"],
    ["a host that is no address", "GET / HTTP/1.1\r\nhost: 256.1\r\n\r\n"],
    ["two lengths", `POST / HTTP/1.1\r\nhost: t\r\n${"content-length: 1\r\n".repeat(2)}\r\na`],
    [
      "a length and chunks (smuggling)",
      "POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a bare line feed in a header", "GET / HTTP/1.1\r\nhost: t\r\na: b\nc: d\r\n\r\n"],
  ])("is answered with 400: %s", async (_, bytes) => {
    const { port, url } = await serve(echoPath);
    const client = rawClient(port);
    client.socket.write(bytes, "latin1");
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 400 /);
    expect(await (await fetch(url)).text()).toBe("/");
  });

  test("is answered with 431 for 10,000 headers, and not read on", async () => {
    const { port } = await serve(echoPath);
    const client = rawClient(port);
    client.send(`GET / HTTP/1.1\r\nhost: t\r\n${"x-h: 1\r\n".repeat(10_000)}\r\n`);
    expect(await client.closed()).toMatch(/^HTTP\/1.1 431 /);
  });

  test("is answered with 431 for one header more than allowed, and not for as many", async () => {
    const { port } = await serve(echoPath);
    const client = rawClient(port);
    const request = (headers: number) =>
      `GET / HTTP/1.1\r\nhost: t\r\n${"a:\r\n".repeat(headers - 1)}\r\n`;
    client.send(request(HTTP_LIMITS.maxHeaders));
    expect(await client.until(/\r\n\r\n\//)).toMatch(/^HTTP\/1.1 200 /);
    client.send(request(HTTP_LIMITS.maxHeaders + 1));
    await client.until(/HTTP\/1.1 431 /);
  });

  test("is answered with 431 for one endless header", async () => {
    const { port } = await serve(echoPath);
    const client = rawClient(port);
    client.send(`GET / HTTP/1.1\r\nhost: t\r\na: ${"b".repeat(HTTP_LIMITS.maxHeaderBytes)}`);
    expect(await client.closed()).toMatch(/^HTTP\/1.1 431 /);
  });
});

describe("a body that fetch does not read to its end", () => {
  test.each<[string, Fetch]>([
    ["not at all", () => new Response("refused")],
    ["its first piece, then given up", (request) => firstPieceOnly(request, true)],
    ["its first piece, then left", (request) => firstPieceOnly(request, false)],
  ])("leaves its connection fit for the next request: %s", async (_, refuse) => {
    const { port } = await serve((request, env) =>
      request.method === "GET" ? new Response("next one") : refuse(request, env),
    );
    const client = rawClient(port);
    client.send(upload(2 * MEBIBYTE, 2 * MEBIBYTE));
    await client.until(/refused/);
    client.send(GET);
    await client.until(/next one/);
    // Long enough for whoever would cut a connection with an unread body.
    await delay(HTTP_LIMITS.discardTimeoutMs + 200);
    client.send(GET);
    await client.until(/next one[\s\S]*next one/);
    expect(client.received()).not.toMatch(/connection: close/i);
  });

  test.each<[string, Partial<HttpLimits>]>([
    ["too large", { maxDiscardedBytes: 10_000, discardTimeoutMs: 60_000 }],
    ["too slow", { discardTimeoutMs: 50 }],
  ])("and is %s closes its connection after the answer, which says so", async (_, limits) => {
    const { port } = await serve(() => new Response("refused"), limits);
    const client = rawClient(port);
    client.send(upload(100_000, 50_000));
    expect(await client.closed()).toMatch(/connection: close\r\n[\s\S]*refused$/i);
  });

  test("may still be sent back while it comes", async () => {
    const { url } = await serve((request) => new Response(request.body), {
      maxDiscardedBytes: 100_000,
    });
    const body = "c".repeat(MEBIBYTE);
    expect(await (await fetch(url, { method: "POST", body })).text()).toBe(body);
  });
});

describe("C5 a slow or absent client", () => {
  const slowHeaders = { headersTimeoutMs: 100, checkIntervalMs: 20 };
  const slowBody = { ...slowHeaders, requestTimeoutMs: 200 };

  test("that trickles its headers is answered with 408 and closed", async () => {
    const { port } = await serve(echoPath, slowHeaders);
    const client = rawClient(port);
    client.send("GET / HTTP/1.1\r\nhost: test\r\n");
    const trickle = setInterval(() => client.socket.writable && client.send("x-a: b\r\n"), 20);
    onTestFinished(() => clearInterval(trickle));
    expect(await client.closed()).toMatch(/^HTTP\/1.1 408 /);
  });

  test("that trickles its body is answered with 408 and closed, and nothing is logged", async () => {
    const outcome = Promise.withResolvers<string>();
    const { port } = await serve(async (request) => {
      const body = request.text();
      outcome.resolve(body.catch(() => "cut off"));
      return new Response(await body);
    }, slowBody);
    const client = rawClient(port);
    client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 1000\r\n\r\n");
    const trickle = setInterval(() => client.socket.writable && client.send("."), 20);
    onTestFinished(() => clearInterval(trickle));
    expect(await client.closed()).toMatch(/^HTTP\/1.1 408 /);
    expect(await outcome.promise).toBe("cut off");
    expect(logged).toEqual([]);
  });

  test("that sends nothing at all is answered with 408 and closed", async () => {
    const { port } = await serve(echoPath, slowHeaders);
    expect(await rawClient(port).closed()).toMatch(/^HTTP\/1.1 408 /);
  });

  test("that has no further request is closed after a while", async () => {
    const { port } = await serve(echoPath, { keepAliveTimeoutMs: 50 });
    const client = rawClient(port);
    client.send(GET);
    expect(await client.closed()).toMatch(/^HTTP\/1.1 200 /);
  });

  test("that stops reading its answer is cut", async () => {
    const answer = "a".repeat(64 * MEBIBYTE);
    const { port } = await serve(() => new Response(answer), { silenceTimeoutMs: 200 });
    const client = rawClient(port);
    await client.until(/^/);
    client.socket.pause();
    client.send(GET);
    await delay(600);
    client.socket.resume();
    expect((await client.closed()).length).toBeLessThan(answer.length);
  });
});

describe("a client that leaves", () => {
  test("in the middle of its body gets 400 if it still listens, and nothing is logged", async () => {
    const { port } = await serve(async (request) => new Response(await request.text()));
    const client = rawClient(port);
    client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nten bytes.");
    client.socket.end();
    expect(await client.closed()).toMatch(/^HTTP\/1.1 400 /);
    expect(logged).toEqual([]);
  });

  test("in the middle of its body without listening harms nobody", async () => {
    const read = Promise.withResolvers<string>();
    const called = Promise.withResolvers<void>();
    const { port, url } = await serve(async (request) => {
      if (request.method === "GET") {
        return new Response("fine");
      }
      called.resolve();
      const body = request.text();
      read.resolve(body.catch(() => "cut off"));
      return new Response(await body);
    });
    const client = rawClient(port);
    client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nten bytes.");
    await called.promise;
    client.socket.resetAndDestroy();
    expect(await read.promise).toBe("cut off");
    expect(await (await fetch(url)).text()).toBe("fine");
    expect(logged).toEqual([]);
  });

  test("while fetch still works harms nobody, and its answer is dropped", async () => {
    const called = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const { port, url } = await serve(async (request) => {
      if (new URL(request.url).pathname === "/") {
        called.resolve();
        await gone.promise;
        await delay(20);
      }
      return new Response("answer".repeat(100_000));
    });
    const client = rawClient(port);
    client.send(GET);
    await called.promise;
    client.socket.resetAndDestroy();
    gone.resolve();
    await delay(50);
    expect((await fetch(`${url}/next`)).status).toBe(200);
    expect(logged).toEqual([]);
  });

  test("in the middle of an endless answer ends it", async () => {
    const cancelled = Promise.withResolvers<void>();
    const { port } = await serve(
      () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              await delay(1);
              controller.enqueue(new Uint8Array(1_000).fill(97));
            },
            cancel: () => cancelled.resolve(),
          }),
        ),
    );
    const client = rawClient(port);
    client.send(GET);
    await client.until(/aaaa/);
    client.socket.destroy();
    await cancelled.promise;
    expect(logged).toEqual([]);
  });
});

describe("C5 too much at once", () => {
  test("of connections: one over the bound is closed, and there is room when another ends", async () => {
    const { port, url } = await serve(echoPath, { maxConnections: 2 });
    const [first, second] = [rawClient(port), rawClient(port)];
    first.send(GET);
    second.send(GET);
    await Promise.all([first.until(/200/), second.until(/200/)]);
    const third = rawClient(port);
    third.send(GET);
    expect(await third.closed()).toBe("");
    first.socket.end();
    await first.closed();
    await expect
      .poll(() =>
        fetch(url).then(
          ({ status }) => status,
          () => "refused",
        ),
      )
      .toBe(200);
  });

  test("of requests: those over the bound are answered with 503 at once, and whoever sends on without waiting is cut", async () => {
    const gate = Promise.withResolvers<void>();
    let most = 0;
    let running = 0;
    const { port, url } = await serve(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await gate.promise;
        running -= 1;
        return new Response("done");
      },
      { maxConcurrentRequests: 3 },
    );
    const clients = Array.from({ length: 3 }, () => rawClient(port));
    for (const client of clients) {
      client.send(GET);
    }
    await expect.poll(() => running).toBe(3);
    const refused = await fetch(url);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    const [first, second, third] = clients as [RawClient, RawClient, RawClient];
    third.send(GET.repeat(200));
    expect(await third.closed()).toBe("");
    gate.resolve();
    await Promise.all([first.until(/200/), second.until(/200/)]);
    expect(most).toBe(3);
    expect((await fetch(url)).status).toBe(200);
  });

  test("of deliveries: those over their bound are answered with 503, and who only looks is answered", async () => {
    const gate = Promise.withResolvers<void>();
    const { url } = await serve(
      async ({ method }) => {
        if (method === "POST") {
          await gate.promise;
        }
        return new Response("done");
      },
      { maxConcurrentPosts: 2 },
    );
    const post = () => fetch(url, { method: "POST" });
    const taken = [post(), post()];
    await expect.poll(async () => (await post()).status).toBe(503);
    expect((await post()).headers.get("retry-after")).toBe("1");
    expect((await fetch(url)).status).toBe(200);
    gate.resolve();
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await post()).status).toBe(200);
  });
});

describe("starting", () => {
  test("on a port in use fails with what to change", async () => {
    const { port } = await serve(echoPath);
    const error = await startHttpServer(options(echoPath, { port })).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({
      code: "address_in_use",
      message: `127.0.0.1:${port} is in use: stop the program that uses it, or set PORT to another port`,
    });
  });

  test("on an address that is not this machine's fails with what to change", async () => {
    const error = await startHttpServer(options(echoPath, { host: "192.0.2.1" })).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({
      code: "address_unusable",
      message: "cannot listen on 192.0.2.1:0 (EADDRNOTAVAIL): change HOST or PORT",
    });
  });
});

describe("closing", () => {
  test("lets a request in flight finish, tells its client, and refuses new connections", async () => {
    const gate = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    const server = await serve(async () => {
      called.resolve();
      await gate.promise;
      return new Response("finished");
    });
    const client = rawClient(server.port);
    client.send(GET);
    await called.promise;
    const closed = server.close();
    await expect(fetch(server.url)).rejects.toThrow();
    expect(client.received()).toBe("");
    gate.resolve();
    expect(await client.closed()).toMatch(/^HTTP\/1.1 200 OK\r\n(.+\r\n)*connection: close\r\n/i);
    expect(client.received()).toMatch(/finished$/);
    await closed;
  });

  test("closes connections at once that wait for nothing: kept alive, silent, half a request", async () => {
    const server = await serve(echoPath);
    const [idle, silent, half] = [server.port, server.port, server.port].map(rawClient);
    idle?.send(GET);
    half?.send("GET / HTTP/1.1\r\nho");
    await idle?.until(/200/);
    await delay(20);
    const startMs = performance.now();
    await server.close();
    expect(performance.now() - startMs).toBeLessThan(500);
    await Promise.all([idle?.closed(), silent?.closed(), half?.closed()]);
  });

  test("lets an answer that is on its way arrive whole", async () => {
    const size = 8 * MEBIBYTE;
    const server = await serve(() => new Response("a".repeat(size)), { drainTimeoutMs: 10_000 });
    const client = rawClient(server.port);
    client.send(GET);
    await client.until(/200 OK/);
    await server.close();
    const text = await client.closed();
    expect(text.length - text.indexOf("\r\n\r\n") - 4).toBe(size);
  });

  test("closes a connection after its answer also when the answer had begun before", async () => {
    const gate = Promise.withResolvers<void>();
    const server = await serve(
      () =>
        new Response(
          new ReadableStream({
            async start(controller) {
              controller.enqueue(Buffer.from("first "));
              await gate.promise;
              controller.enqueue(Buffer.from("last"));
              controller.close();
            },
          }),
        ),
      { drainTimeoutMs: 10_000 },
    );
    const client = rawClient(server.port);
    client.send(GET);
    await client.until(/first/);
    const startMs = performance.now();
    const closed = server.close();
    gate.resolve();
    expect(await client.closed()).toMatch(/first [\s\S]*last/);
    await closed;
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  test("answers all requests that one connection has in flight", async () => {
    const gate = Promise.withResolvers<void>();
    let running = 0;
    const server = await serve(async (request) => {
      running += 1;
      await gate.promise;
      return echoPath(request);
    });
    const client = rawClient(server.port);
    client.send(GET.repeat(3));
    await expect.poll(() => running).toBe(3);
    const closed = server.close();
    gate.resolve();
    expect((await client.closed()).match(/HTTP\/1.1 200 /g)).toHaveLength(3);
    await closed;
  });

  test("cuts what is still unfinished at the deadline", async () => {
    const called = Promise.withResolvers<void>();
    const never = () => {
      called.resolve();
      return new Promise<Response>(() => undefined);
    };
    const server = await serve(never, { drainTimeoutMs: 100 });
    const client = rawClient(server.port);
    client.send(GET);
    await called.promise;
    const startMs = performance.now();
    await server.close();
    expect(performance.now() - startMs).toBeGreaterThan(90);
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(await client.closed()).toBe("");
  });

  test("twice is the same as once", async () => {
    const server = await serve(echoPath);
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

async function serve(fetch: Fetch, limits: Partial<HttpLimits> = {}): Promise<HttpServer> {
  const server = await startHttpServer({
    ...options(fetch, {}),
    limits: { drainTimeoutMs: 500, ...limits },
  });
  onTestFinished(() => server.close());
  return server;
}

function options(fetch: Fetch, address: { host?: string; port?: number }) {
  const log = createLineLog((line) => logged.push(line));
  return { host: "127.0.0.1", port: 0, fetch, log, ...address };
}

function echoPath(request: Request): Response {
  return new Response(new URL(request.url).pathname);
}

/** A request with a body of `length` bytes, of which `sent` come. */
function upload(length: number, sent: number): string {
  return `POST / HTTP/1.1\r\nhost: t\r\ncontent-length: ${length}\r\n\r\n${"b".repeat(sent)}`;
}

async function firstPieceOnly(request: Request, cancel: boolean): Promise<Response> {
  const reader = request.body?.getReader();
  await reader?.read();
  if (cancel) {
    await reader?.cancel();
  }
  return new Response("refused");
}

function usedResponse(): Response {
  const response = new Response("SECRET");
  void response.text();
  return response;
}

function failingBody(): ReadableStream<Uint8Array> {
  let pieces = 0;
  return new ReadableStream({
    async pull(controller) {
      await delay(20);
      pieces += 1;
      if (pieces > 2) {
        throw new Error("SECRET");
      }
      controller.enqueue(Buffer.from("piece "));
    },
  });
}
