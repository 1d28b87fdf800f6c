/**
 * What the webhook endpoint made of one delivery: a new event (`verified`), one that the ledger had
 * (`duplicate`), one that was not taken (`refused`), or one that could not be applied or stored (`failed`).
 * Holds ids and codes, and nothing of a body, a signature or a secret.
 */
export interface DeliveryOutcome {
  readonly outcome: "verified" | "duplicate" | "refused" | "failed";
  /** The status of the event, or the code of the refusal. */
  readonly code: string;
  /** Null when nothing was verified. */
  readonly event: { readonly id: string; readonly type: string } | null;
  readonly durationMs: number;
}

export type DeliveryWatcher = (delivery: DeliveryOutcome) => void;

const watchers = new Set<DeliveryWatcher>();

/**
 * Calls `watcher` with every delivery that the routes of this process answer, just before they do. It must
 * not throw. Where nobody watches, as on Convex, nothing is done. @returns a function that ends it
 */
export function watchDeliveries(watcher: DeliveryWatcher): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** For the webhook endpoint. */
export function tellDelivery(delivery: DeliveryOutcome): void {
  for (const watcher of watchers) {
    watcher(delivery);
  }
}
