import type { ChosenCall } from "../support/FaultySqlStore.ts";

/** Something that happens on a store, the same each time but for what goes wrong. */
export interface StoreHistory {
  readonly name: string;
  /** @param chosen the call that goes wrong; null: none */
  live(chosen: Omit<ChosenCall, "onStall"> | null): Promise<LivedThrough>;
}

export interface LivedThrough {
  /** How often the store was called, by the place in the source. */
  readonly calls: Map<string, number>;
  /** Whether the chosen call was made. */
  readonly hasFailed: boolean;
  /** What was wrong, in words. */
  readonly flaws: readonly string[];
}
