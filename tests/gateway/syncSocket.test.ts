import { once } from "node:events";
import { connect } from "node:net";
import { queryGeneric as query } from "convex/server";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { serveTestEngine } from "../support/engineServer.ts";

const modules = { notes: { one: query({ args: {}, handler: () => 1 }) } };

function socketOf(url: string, path = "/api/1.48.0/sync"): WebSocket {
  return new WebSocket(`${url.replace("http", "ws")}${path}`, { origin: "https://anywhere.test" });
}

async function opened(socket: WebSocket): Promise<WebSocket> {
  await once(socket, "open");
  return socket;
}

const ADD = JSON.stringify({
  type: "ModifyQuerySet",
  baseVersion: 0,
  newVersion: 1,
  modifications: [{ type: "Add", queryId: 0, udfPath: "notes:one", args: [{}] }],
});

describe("E14 the WebSocket", () => {
  test.each(["/api/1.48.0/sync", "/api/sync", "/api/0.2.1/sync?x=y"])(
    "opens at %s to any origin",
    async (path) => {
      const { url } = await serveTestEngine(modules);
      const socket = await opened(socketOf(url, path));
      socket.send(ADD);
      const [data] = await once(socket, "message");
      expect(JSON.parse(String(data))).toMatchObject({ type: "Transition" });
      socket.close();
    },
  );

  test("opens nowhere else", async () => {
    const { url } = await serveTestEngine(modules);
    const socket = socketOf(url, "/api/sync/more");
    const [, response] = await once(socket, "unexpected-response");
    expect(response.statusCode).toBe(404);
  });

  test("says good-bye when the server stops, and does not hold it up", async () => {
    const server = await serveTestEngine(modules);
    const socket = await opened(socketOf(server.url));
    const closed = once(socket, "close");
    const startedAt = Date.now();
    await server.close();
    expect((await closed)[0]).toBe(1001);
    expect(Date.now() - startedAt).toBeLessThan(1_000);
  });

  test("does not hold up a server that stops when the client says nothing any more", async () => {
    const server = await serveTestEngine(modules);
    const { port } = new URL(server.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      [
        "GET /api/sync HTTP/1.1",
        "host: localhost",
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        "\r\n",
      ].join("\r\n"),
    );
    const [answer] = await once(socket, "data");
    expect(String(answer)).toContain("101 Switching Protocols");
    await server.close();
  });
});

describe("E17 the WebSocket", () => {
  test("closes on a binary frame", async () => {
    const { url } = await serveTestEngine(modules);
    const socket = await opened(socketOf(url));
    socket.send(Buffer.from([1, 2, 3]));
    expect((await once(socket, "close"))[0]).toBe(1003);
  });

  test("closes on a frame over the limit, and the server goes on", async () => {
    const { url } = await serveTestEngine(modules);
    const socket = await opened(socketOf(url));
    socket.send(" ".repeat(17 * 1024 * 1024));
    expect((await once(socket, "close"))[0]).toBe(1009);
    expect((await fetch(`${url}/version`)).status).toBe(200);
  });

  test("sends FatalError for a broken message and closes", async () => {
    const { url } = await serveTestEngine(modules);
    const socket = await opened(socketOf(url));
    socket.send("{");
    const [data] = await once(socket, "message");
    expect(JSON.parse(String(data))).toMatchObject({ type: "FatalError" });
    await once(socket, "close");
  });

  test("opens no more connections than the server allows", async () => {
    const { url } = await serveTestEngine(modules, { limits: { maxUpgraded: 1 } });
    const first = await opened(socketOf(url));
    const [, response] = await once(socketOf(url), "unexpected-response");
    expect(response.statusCode).toBe(503);
    first.close();
    await once(first, "close");
    (await opened(socketOf(url))).close();
  });

  test("leaves requests alone that ask for another protocol", async () => {
    const { url } = await serveTestEngine(modules);
    const { port } = new URL(url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      "GET /version HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
    );
    const [answer] = await once(socket, "data");
    expect(String(answer)).toContain("200 OK");
    socket.destroy();
  });
});
