import { useEffect, useState } from "react";
import { type DeliveryCounters as Counters, readDeliveryCounters } from "./deliveryCounters.ts";

const EVERY_MS = 5_000;

const OUTCOMES = ["verified", "duplicate", "refused", "failed"] as const;

/** What the gateway answered to deliveries since it started. */
export function DeliveryCounters() {
  const [counters, setCounters] = useState<Counters | null>(null);
  useEffect(() => {
    const read = (): void => {
      readDeliveryCounters().then(setCounters, () => setCounters(null));
    };
    read();
    const timer = setInterval(read, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const total = Math.max(1, ...OUTCOMES.map((outcome) => counters?.[outcome] ?? 0));
  return (
    <section className="card" aria-labelledby="deliveries">
      <h2 id="deliveries">Deliveries since the start</h2>
      <ul className="bars">
        {OUTCOMES.map((outcome) => (
          <li key={outcome}>
            <span>{outcome}</span>
            <meter
              min={0}
              max={total}
              value={counters?.[outcome] ?? 0}
              aria-label={`deliveries ${outcome}`}
            />
            <strong>{counters?.[outcome].toLocaleString("en") ?? "–"}</strong>
          </li>
        ))}
      </ul>
      <p className="quiet">Counted in memory: what is refused leaves nothing in the ledger.</p>
    </section>
  );
}
