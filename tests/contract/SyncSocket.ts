import { once } from "node:events";
import { WebSocket } from "ws";
import { TEST_ADMIN_KEY } from "../support/gatewayProcess.ts";
import type { Place } from "./Place.ts";

interface Received {
  type: string;
  text: string;
}

/** An operator's connection in the sync protocol, message by message. */
export class SyncSocket {
  readonly #socket: WebSocket;
  readonly #received: Received[] = [];
  #version = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const text = String(data);
      this.#received.push({ type: (JSON.parse(text) as { type: string }).type, text });
      socket.emit("received");
    });
  }

  /** @param adminKey null for a client that is nobody */
  static async open(
    place: Pick<Place, "syncUrl">,
    sessionId: string = crypto.randomUUID(),
    adminKey: string | null = TEST_ADMIN_KEY,
  ): Promise<SyncSocket> {
    const socket = new WebSocket(place.syncUrl() ?? "");
    const opened = new SyncSocket(socket);
    await once(socket, "open");
    opened.#send({ type: "Connect", sessionId, connectionCount: 0, clientTs: 0 });
    if (adminKey !== null) {
      const token = { tokenType: "Admin", value: adminKey };
      opened.#send({ type: "Authenticate", baseVersion: 0, ...token });
    }
    return opened;
  }

  watch(udfPath: string, args: object): void {
    const modifications = [{ type: "Add", queryId: this.#version, udfPath, args: [args] }];
    const baseVersion = this.#version++;
    this.#send({
      type: "ModifyQuerySet",
      baseVersion,
      newVersion: this.#version,
      modifications,
    });
  }

  mutate(udfPath: string, args: object): void {
    this.#send({ type: "Mutation", requestId: 0, udfPath, args: [args] });
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  /** Waits for a message, also one that came already. */
  async until(matches: (message: Received) => boolean): Promise<Received> {
    for (;;) {
      const index = this.#received.findIndex(matches);
      if (index >= 0) {
        return this.#received.splice(0, index + 1).at(-1) as Received;
      }
      await once(this.#socket, "received", { signal: AbortSignal.timeout(10_000) });
    }
  }

  /** The code that the server closes the connection with. */
  async closed(): Promise<number> {
    const [code] = await once(this.#socket, "close", { signal: AbortSignal.timeout(10_000) });
    return code as number;
  }

  close(): void {
    this.#socket.close();
  }

  #send(message: object): void {
    this.sendText(JSON.stringify(message));
  }
}
