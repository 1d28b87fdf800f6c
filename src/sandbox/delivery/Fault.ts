/** What can be made to go wrong with deliveries, on demand. */
export const FAULT_KINDS = [
  "delay",
  "drop",
  "duplicate",
  "reorder",
  "same_second",
  "wrong_secret",
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault that waits for something to hit. */
export interface Fault {
  id: string;
  kind: FaultKind;
  /** How many deliveries it hits (`same_second`: how many events). */
  count: number;
  hits: number;
  /** Only for `delay`. */
  delaySeconds: number | null;
}

/** What a fault does to one delivery. */
export interface DeliveryFault {
  kind: Exclude<FaultKind, "same_second">;
  /** The fault it comes from: deliveries of one `reorder` wait for each other. */
  id: string;
  /** How many deliveries the fault hits together. */
  count: number;
}
