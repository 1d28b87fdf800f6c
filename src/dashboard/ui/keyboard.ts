import { useEffect, useEffectEvent } from "react";

/** Marks the field that `/` leads to. */
export const SEARCH_FIELD = { "data-search": "" } as const;

/** Calls `onKey` for keys that no field and no dialog takes. */
export function useKeys(onKey: (event: KeyboardEvent) => void): void {
  const handle = useEffectEvent(onKey);
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
      if (!hasModifier && !event.defaultPrevented && !isTaken(event)) {
        handle(event);
      }
    };
    addEventListener("keydown", listener);
    return () => removeEventListener("keydown", listener);
  }, []);
}

export function focusSearch(): void {
  document.querySelector<HTMLInputElement>("[data-search]")?.focus();
}

function isTaken({ target, key }: KeyboardEvent): boolean {
  // Not by its role: notes of what was done have it too, and take no keys.
  if (document.querySelector(".dialog") !== null) {
    return true;
  }
  const field = target instanceof HTMLElement && target.closest("input, textarea, select");
  if (field && key === "Escape") {
    (field as HTMLElement).blur();
  }
  return Boolean(field);
}
