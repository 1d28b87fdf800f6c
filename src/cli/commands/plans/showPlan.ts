import { type CommandInput, EXIT, onlyPositional } from "../../Command.ts";
import { withConnection } from "../../deployment/connect.ts";
import type { Output } from "../../Output.ts";

interface Shown {
  plan: {
    _id: string;
    ownerId: string;
    planType: string;
    seats: number | null;
    version: number;
  } & {
    rule: string;
    reason: string;
  };
  objects: { kind: string; id: string; state: string; detail: string; customerId: string | null }[];
  changes: {
    from: string;
    to: string;
    changedAtMs: number;
    stripeEventId: string;
    reason: string;
  }[];
}

/** Shows one plan, what of Stripe's decides it, and its changes. */
export async function showPlan(input: CommandInput): Promise<number> {
  const of = onlyPositional(input, "plan, by any id that has to do with it");
  return await withConnection(input, async ({ call }) => {
    const { plan } = (await call("plans:explain", { of })) as Pick<Shown, "plan">;
    const planId = plan._id;
    const shown = {
      plan,
      objects: (await call("dashboard:planObjects", { planId })) as Shown["objects"],
      changes: (await call("plans:changes", { planId })) as Shown["changes"],
    };
    input.out.result(shown, planText(shown, input.out));
    return EXIT.clean;
  });
}

function planText({ plan, objects, changes }: Shown, out: Output): string {
  const title = (text: string) => out.style("bold", text);
  const lines = [
    title(`Plan ${plan._id}`),
    `  owner    ${plan.ownerId}`,
    `  type     ${out.state(plan.planType)}${plan.seats === null ? "" : ` × ${plan.seats}`}`,
    `  rule     ${plan.rule}: ${plan.reason}`,
    "",
    title("Stripe's objects"),
    ...objects.map(
      ({ kind, id, state, detail, customerId }) =>
        `  ${kind.padEnd(14)} ${id}  ${state}  ${detail}  ${customerId ?? ""}`,
    ),
    ...(objects.length === 0 ? ["  none: no event names a payment for this plan"] : []),
    "",
    title("Changes, newest first"),
    ...changes.map(
      ({ from, to, changedAtMs, stripeEventId, reason }) =>
        `  ${new Date(changedAtMs).toISOString()}  ${from} → ${to}  ${stripeEventId}  ${reason}`,
    ),
    ...(changes.length === 0 ? ["  none"] : []),
  ];
  return `${lines.join("\n")}\n`;
}
