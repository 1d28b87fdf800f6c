import type { OutsideWorld } from "./OutsideWorld.ts";

export type PlaceName = "memory" | "Node with SQLite" | "workerd" | "convex-test";

export const PLACES: readonly PlaceName[] = [
  "memory",
  "Node with SQLite",
  "workerd",
  "convex-test",
];

/** A gateway wherever it runs, with the secrets, keys and issuer of the tests, in test mode. */
export interface Place {
  /** What it asks over the network. */
  readonly outside: OutsideWorld;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Calls any function as an operator. @throws Error whose message has the code of the refusal */
  run(path: string, args?: object): Promise<unknown>;
  /** Address of the sync protocol; null where there is none. */
  syncUrl(): string | null;
  /** Its own clock. */
  nowMs(): number;
  /** Moves its clock ahead at once, as a machine that slept, and lets what is due begin. */
  advance(ms: number): Promise<void>;
  /** Lets its store fail from now on, at each statement or at each commit; "" lets it work again. */
  fail(what: "" | "store" | "commit"): Promise<void>;
  /** Stops without warning, and starts again on what is stored. */
  restart(): Promise<void>;
  close(): Promise<void>;
}
