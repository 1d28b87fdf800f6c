export type PlaceName = "memory" | "Node with SQLite" | "workerd" | "convex-test";

/** A gateway wherever it runs, with the signing secret and admin key of the tests, in test mode. */
export interface Place {
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Calls any function as an operator. */
  run(path: string, args?: object): Promise<unknown>;
  /** Address of the sync protocol; null where there is none. */
  syncUrl(): string | null;
  /** Its own clock. */
  nowMs(): number;
  /** Lets time pass, with what is due in it. */
  advance(ms: number): Promise<void>;
  /** Stops without warning, and starts again on what is stored. */
  restart(): Promise<void>;
  close(): Promise<void>;
}
