import type { Load } from "./load.ts";

/** Somebody who takes Stripe's deliveries. */
export interface Contestant {
  /** One word for the command line. */
  readonly name: string;
  /** What it is, with its settings, in one line. */
  readonly description: string;
  /**
   * Starts it on an empty `directory`.
   *
   * @throws MissingPeerError when what it needs is not on this machine
   */
  start(directory: string, secret: string): Promise<RunningContestant>;
}

export interface RunningContestant {
  /** Where deliveries are posted to. */
  readonly webhookUrl: string;
  /** Of the process that answers; and of what it stores in, if that is a process of its own. */
  readonly pids: readonly [number, ...number[]];
  /** Metadata that it wants on the subscription at a place. */
  metadata?(place: number): Readonly<Record<string, string>>;
  /** Ends it, as its users do. */
  stop(): Promise<void>;
  /** Looks into the store, after {@link stop}. @returns what is wrong with it; null: nothing */
  fault(acknowledged: Load["acknowledged"]): Promise<string | null>;
  /** Frees what {@link fault} still needed. */
  remove?(): Promise<void>;
}

/** `missing_peer`: a contestant cannot run here. The message says what is missing and how to get it. */
export class MissingPeerError extends Error {
  readonly code = "missing_peer";
  override readonly name = "MissingPeerError";
}
