import { useSyncExternalStore } from "react";

const NARROW = "(max-width: 60rem)";

/** Whether a list and what is open of it do not fit beside each other; the same bound as in the style. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => matchMedia(NARROW).matches);
}

function subscribe(listener: () => void): () => void {
  const query = matchMedia(NARROW);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}
