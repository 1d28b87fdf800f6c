import type { Mutator } from "./Mutator.ts";

/** Something that reads what strangers send. */
export interface FuzzTarget {
  readonly name: string;
  /**
   * Sends `count` inputs.
   *
   * @param told told after each, or after some together
   * @returns what was wrong, each with the input
   */
  send(count: number, mutator: Mutator, told: (inputs: number) => void): Promise<string[]>;
}

/** An input as it is shown with what went wrong. */
export function shownInput(input: string): string {
  return JSON.stringify(input.length > 400 ? `${input.slice(0, 400)}…` : input);
}
