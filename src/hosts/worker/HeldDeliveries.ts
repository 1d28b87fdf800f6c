import type { SqlStore } from "../../engine/storage/SqlStore.ts";
import type { Delivery } from "../../routes/webhook/delivery.ts";

/** Verified deliveries that one object holds at most; further ones wait at Stripe only. */
export const MAX_HELD_DELIVERIES = 1_000;

export interface HeldDelivery extends Delivery {
  readonly eventId: string;
  /** When its signature is too old to be tried any more. */
  readonly expiresMs: number;
}

/** Deliveries that could not be handed on yet, durable, each event once with its newest signature. */
export class HeldDeliveries {
  readonly #store: SqlStore;

  constructor(store: SqlStore) {
    this.#store = store;
    store.exec(
      `CREATE TABLE IF NOT EXISTS held (
        number INTEGER PRIMARY KEY,
        event_id TEXT NOT NULL UNIQUE,
        body TEXT NOT NULL,
        signature_header TEXT NOT NULL,
        expires_ms INTEGER NOT NULL
      )`,
    );
  }

  /** @returns false when there is no room */
  hold({ eventId, body, signatureHeader, expiresMs }: HeldDelivery): boolean {
    return this.#store.transaction(() => {
      this.forget(eventId);
      const [row] = this.#store.prepare("SELECT count(*) FROM held").all();
      if (Number(row?.[0]) >= MAX_HELD_DELIVERIES) {
        return false;
      }
      this.#store
        .prepare(
          "INSERT INTO held (event_id, body, signature_header, expires_ms) VALUES (?, ?, ?, ?)",
        )
        .run(eventId, body, signatureHeader, expiresMs);
      return true;
    });
  }

  oldest(): HeldDelivery | null {
    const [row] = this.#store
      .prepare(
        "SELECT event_id, body, signature_header, expires_ms FROM held ORDER BY number LIMIT 1",
      )
      .all();
    return row === undefined
      ? null
      : {
          eventId: String(row[0]),
          body: String(row[1]),
          signatureHeader: String(row[2]),
          expiresMs: Number(row[3]),
        };
  }

  forget(eventId: string): void {
    this.#store.prepare("DELETE FROM held WHERE event_id = ?").run(eventId);
  }

  forgetExpired(nowMs: number): void {
    this.#store.prepare("DELETE FROM held WHERE expires_ms <= ?").run(nowMs);
  }
}
