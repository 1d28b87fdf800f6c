import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A TCP client that says exactly what it is told, and keeps what it hears. */
export interface RawClient {
  readonly socket: Socket;
  send(text: string): void;
  /** All that was received so far. */
  received(): string;
  /** Resolves with all that was received when it matches. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with all that was received when the connection is closed, however it ended. */
  closed(): Promise<string>;
}

/** Connects to `port` on this machine; the connection goes away with the running test. */
export function rawClient(port: number): RawClient {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  // A reset is one of the ways to end; `closed` tells that it ended.
  socket.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return {
    socket,
    send: (part) => void socket.write(part),
    received: () => text,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => pattern.test(text) && resolve(text);
        socket.on("data", look);
        socket.once("close", () =>
          reject(new Error(`closed before ${pattern}: ${JSON.stringify(text.slice(0, 500))}`)),
        );
        look();
      }),
    closed: async () => {
      await ended;
      return text;
    },
  };
}
