import type { IncomingMessage } from "node:http";
import type { HttpLimits } from "./httpLimits.ts";

/** Bounds how many requests are worked on at once, over all connections. */
export class RequestSlots {
  readonly #limits: Pick<HttpLimits, "maxConcurrentRequests" | "maxConcurrentPosts">;
  #running = 0;
  #posts = 0;

  constructor(limits: Pick<HttpLimits, "maxConcurrentRequests" | "maxConcurrentPosts">) {
    this.#limits = limits;
  }

  isFreeFor({ method }: IncomingMessage): boolean {
    return (
      this.#running < this.#limits.maxConcurrentRequests &&
      (method !== "POST" || this.#posts < this.#limits.maxConcurrentPosts)
    );
  }

  /** Runs what answers a request; it counts until that has an answer or fails. */
  async run<T>({ method }: IncomingMessage, answer: () => T | Promise<T>): Promise<T> {
    const isPost = Number(method === "POST");
    this.#running += 1;
    this.#posts += isPost;
    try {
      return await answer();
    } finally {
      this.#running -= 1;
      this.#posts -= isPost;
    }
  }
}
