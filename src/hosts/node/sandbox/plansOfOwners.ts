import { type Engine, INSIDER } from "../../../engine/Engine.ts";

/** Plans by their owners, for what the sandbox shows. */
export interface PlansOfOwners {
  /** The id of the owner's plan, which is opened unpaid when there is none. */
  open(ownerId: string): Promise<string>;
  /** The owner's plan as `plans:get` answers it; opened likewise. */
  get(ownerId: string): Promise<unknown>;
}

export function plansOfOwners(engine: Engine): PlansOfOwners {
  const call = async (path: string, args: Record<string, string>): Promise<unknown> =>
    JSON.parse((await engine.call(path, "any", args, INSIDER)).valueText);
  const open = async (ownerId: string) => String(await call("plans:open", { ownerId }));
  return {
    open,
    get: async (ownerId) => await call("plans:get", { planId: await open(ownerId) }),
  };
}
