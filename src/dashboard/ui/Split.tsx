import type { ReactNode } from "react";
import { ErrorBoundary } from "./ErrorBoundary.tsx";
import { useIsNarrow } from "./useIsNarrow.ts";

/** A list and what is open of it: beside each other, or in each other's place where it is narrow. */
export function Split({
  openId,
  list,
  detail,
}: {
  /** Null: only the list. */
  openId: string | null;
  list: ReactNode;
  detail: ReactNode;
}) {
  const isNarrow = useIsNarrow();
  const isOpen = openId !== null;
  return (
    <div className={`split ${isOpen ? "open" : ""}`}>
      {/* Stays where it is, with its scroll position, while something is open. */}
      <div className="list-side" hidden={isNarrow && isOpen}>
        {list}
      </div>
      {isOpen && (
        <div className="detail-side">
          <ErrorBoundary key={openId}>{detail}</ErrorBoundary>
        </div>
      )}
    </div>
  );
}
