import { Toast } from "@base-ui/react/toast";
import { useState } from "react";
import { type RunOptions, type RunResult, runFunction } from "../session/runFunction.ts";

/** Runs functions by hand and tells how they ended, in a note that a screen reader reads too. */
export function useOperation(): {
  isBusy: boolean;
  /** @param done what to say after a success */
  run(
    path: string,
    args: Record<string, unknown>,
    done: string | ((value: unknown) => string),
    options?: RunOptions,
  ): Promise<RunResult>;
} {
  const toasts = Toast.useToastManager();
  const [isBusy, setBusy] = useState(false);
  return {
    isBusy,
    run: async (path, args, done, options) => {
      setBusy(true);
      const result = await runFunction(path, args, options);
      setBusy(false);
      toasts.add(
        result.isSuccess
          ? { title: typeof done === "string" ? done : done(result.value), type: "good" }
          : { title: result.error ?? "", type: "bad", timeout: 15_000, priority: "high" },
      );
      return result;
    },
  };
}
