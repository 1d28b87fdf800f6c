import { useQuery } from "convex/react";
import { api } from "../api.ts";
import { hrefOf } from "../route.ts";
import { Badge } from "../ui/Badge.tsx";
import { Loading } from "../ui/Notice.tsx";
import { Reconcile } from "../ui/Reconcile.tsx";
import { Time } from "../ui/Time.tsx";
import { useChecks } from "./useChecks.ts";

/** What is right, what is not, and what to do about it. */
export function HealthView() {
  const { checks, isAsking, askStripe } = useChecks();
  return (
    <>
      <h1>Health</h1>
      <div className="columns">
        <section className="card" aria-labelledby="checks">
          <div className="row between">
            <h2 id="checks">Checks</h2>
            <button type="button" disabled={isAsking} onClick={() => void askStripe()}>
              Ask Stripe, too
            </button>
          </div>
          {checks === undefined ? (
            <Loading what="checks" />
          ) : (
            <ul className="checks">
              {checks.map(({ check, title, status, detail, whatToDo }) => (
                <li key={check}>
                  <p className="row">
                    <Badge of={status} /> <strong>{title}</strong>
                  </p>
                  <p>{detail}</p>
                  {status !== "ok" && <p className="todo">{whatToDo}</p>}
                </li>
              ))}
            </ul>
          )}
        </section>
        <div className="stack">
          <section className="card" aria-labelledby="reconcile">
            <h2 id="reconcile">Stripe against the ledger</h2>
            <Sureness />
            <Reconcile />
          </section>
          <SeenLately />
        </div>
      </div>
    </>
  );
}

function Sureness() {
  const status = useQuery(api.reconcile.status);
  const seconds = status?.lastSureEventAtSeconds ?? null;
  return (
    <p>
      Every event that Stripe made is here until:{" "}
      {status === undefined ? "…" : <Time ms={seconds === null ? null : seconds * 1_000} />}
    </p>
  );
}

function SeenLately() {
  const seen = useQuery(api.dashboard.seen);
  return (
    <section className="card" aria-labelledby="seen">
      <h2 id="seen">Seen in the newest deliveries</h2>
      {seen === undefined && <Loading what="deliveries" />}
      {seen?.events === 0 && <p className="quiet">No delivery yet.</p>}
      {seen !== undefined && seen.events > 0 && (
        <ul className="plain-list">
          {(["fingerprints", "apiVersions", "types"] as const).flatMap((field) =>
            seen[field].map(({ value, count, lastAtMs }) => (
              <li key={`${field} ${value}`} className="row between">
                <span className="clip">
                  {NAMES[field]}{" "}
                  {field === "types" ? (
                    <a href={hrefOf("events", null, { type: value })}>{value}</a>
                  ) : (
                    <code>{value}</code>
                  )}
                </span>
                <span className="quiet nowrap">
                  {count} × <Time ms={lastAtMs} />
                </span>
              </li>
            )),
          )}
        </ul>
      )}
    </section>
  );
}

const NAMES = { fingerprints: "secret", apiVersions: "API version", types: "" } as const;
