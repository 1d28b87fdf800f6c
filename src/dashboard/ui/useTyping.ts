import { useEffect, useRef } from "react";

const TYPING_MS = 250;

/**
 * Does something once nobody has typed for a moment. Whoever opens what the list shows before that wanted it:
 * what was typed then takes nothing away from them.
 */
export function useTyping(openId: string | null): (apply: () => void) => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is open ends the wait, and is not read
  useEffect(() => () => clearTimeout(timer.current), [openId]);
  return (apply) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(apply, TYPING_MS);
  };
}
