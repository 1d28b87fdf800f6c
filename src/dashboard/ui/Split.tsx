import type { ReactNode } from "react";
import { useIsNarrow } from "./useIsNarrow.ts";

/** A list and what is open of it: beside each other, or in each other's place where it is narrow. */
export function Split({
  isOpen,
  list,
  detail,
}: {
  isOpen: boolean;
  list: ReactNode;
  detail: ReactNode;
}) {
  const isNarrow = useIsNarrow();
  return (
    <div className={`split ${isOpen ? "open" : ""}`}>
      {/* Stays where it is, with its scroll position, while something is open. */}
      <div className="list-side" hidden={isNarrow && isOpen}>
        {list}
      </div>
      {isOpen && <div className="detail-side">{detail}</div>}
    </div>
  );
}
