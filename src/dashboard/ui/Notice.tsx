import type { ReactNode } from "react";

/** What there is to say where there is nothing to show. */
export function Notice({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="notice">
      <p className="notice-title">{title}</p>
      {children}
    </div>
  );
}

/** While something is on its way: takes up the room, so that nothing jumps. */
export function Loading({ what }: { what: string }) {
  return (
    <div className="notice" aria-busy="true">
      <p className="quiet">Loading {what}…</p>
    </div>
  );
}
