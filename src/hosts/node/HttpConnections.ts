import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Who is connected and which answers each connection still waits for: what a server must know to stop
 * without cutting anybody off. Node's own `closeIdleConnections` overlooks connections that never sent
 * a request, and cuts answers that were handed over but not written yet.
 */
export class HttpConnections {
  /** Answers not written to the end, oldest first. */
  readonly #answers = new Map<Socket, Set<ServerResponse>>();
  readonly #upgraded = new Set<Socket>();
  #draining = false;

  opened(socket: Socket): void {
    this.#answers.set(socket, new Set());
    socket.once("close", () => this.#answers.delete(socket));
  }

  /** The connection speaks another protocol from now on: it waits for no answer and is not drained. */
  upgraded(socket: Socket): void {
    this.#answers.delete(socket);
    this.#upgraded.add(socket);
    socket.once("close", () => this.#upgraded.delete(socket));
  }

  get upgradedCount(): number {
    return this.#upgraded.size;
  }

  /**
   * A request has come; its answer counts until its last byte is on the way.
   *
   * @returns how many answers its connection waits for, this one included
   */
  requested({ socket }: IncomingMessage, answer: ServerResponse): number {
    const answers = this.#answers.get(socket);
    answers?.add(answer);
    answer.once("close", () => {
      answers?.delete(answer);
      if (this.#draining && answers?.size === 0) {
        socket.destroySoon();
      }
    });
    return answers?.size ?? 1;
  }

  /** Closes every connection that waits for nothing now, and each other one after its last answer. */
  drain(): void {
    this.#draining = true;
    for (const [socket, answers] of this.#answers) {
      const last = [...answers].at(-1);
      if (last === undefined) {
        socket.destroy();
      } else {
        // Tells the client not to send another request here, if its headers are not on the way yet.
        last.shouldKeepAlive = false;
      }
    }
  }

  destroyAll(): void {
    for (const socket of [...this.#answers.keys(), ...this.#upgraded]) {
      socket.destroy();
    }
  }
}
