import { useQuery } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { useRef, useState } from "react";
import { api } from "../api.ts";
import { useNowMs } from "../ui/useNowMs.ts";
import { useOperation } from "../ui/useOperation.ts";

/** One thing that is right or not, as `tollgate doctor` tells it. */
export type Check = FunctionReturnType<typeof api.doctor.stored>[number];

/** Ages of what waits are told to the minute. */
const STEP_MS = 60_000;

/** The checks of the doctor: what is stored, live; and what Stripe said when it was asked last. */
export function useChecks(): {
  /** The worst first; undefined until they are known. */
  checks: Check[] | undefined;
  isAsking: boolean;
  /** Has the gateway ask Stripe. */
  askStripe(): Promise<void>;
} {
  const atMs = useNowMs(STEP_MS);
  const stored = useLatest(useQuery(api.doctor.stored, { atMs }));
  const [ofStripe, setOfStripe] = useState<Check[]>([]);
  const { run, isBusy } = useOperation();
  return {
    checks: stored && bySeverity([...stored, ...ofStripe]),
    isAsking: isBusy,
    askStripe: async () => {
      const { isSuccess, value } = await run("doctor:run", {}, "Stripe was asked.");
      if (isSuccess) {
        const names = new Set(stored?.map(({ check }) => check));
        setOfStripe((value as Check[]).filter(({ check }) => !names.has(check)));
      }
    },
  };
}

const SEVERITIES = ["fail", "warn", "ok"] as const;

/** The worst first, and otherwise as they came. */
function bySeverity(checks: readonly Check[]): Check[] {
  return SEVERITIES.flatMap((severity) => checks.filter(({ status }) => status === severity));
}

/** The last value that was known, while the next one is on its way. */
function useLatest<Value>(value: Value | undefined): Value | undefined {
  const latest = useRef(value);
  if (value !== undefined) {
    latest.current = value;
  }
  return latest.current;
}
