import * as z from "zod";
import { defaultPolicy, type Policy } from "./policy.ts";

/** The longest grace that a policy may give: ten years of 365 days. */
export const MAX_GRACE_SECONDS = 10 * 365 * 24 * 3_600;

/** A value that is no policy. The message names each field that is wrong, and never its value. */
export class PolicyError extends Error {
  readonly code = "policy_invalid";
  override readonly name = "PolicyError";
  /** Paths such as `subscription_past_due.graceSeconds`; "" is the value itself. */
  readonly fields: readonly string[];

  constructor(problems: readonly { field: string; problem: string }[]) {
    super(`This is no policy. ${problems.map(sentence).join(" ")}`);
    this.fields = problems.map(({ field }) => field);
  }
}

/**
 * Reads a policy from JSON. What it does not name is decided as in {@link defaultPolicy}; what it names
 * must exist, so that a misspelt rule is not silently without effect.
 *
 * @throws PolicyError `policy_invalid`
 */
export function parsePolicy(json: unknown): Policy {
  const parsed = POLICY.safeParse(json);
  if (!parsed.success) {
    throw new PolicyError(parsed.error.issues.flatMap(problemsOf));
  }
  const rules = Object.entries(defaultPolicy).map(([rule, decision]) => [
    rule,
    { ...decision, ...parsed.data[rule as keyof Policy] },
  ]);
  return Object.fromEntries(rules) as Policy;
}

type Shape = { [Rule in keyof Policy]: z.ZodType<Partial<Policy[Rule]> | undefined> };

const GRACE = z.int().min(0).max(MAX_GRACE_SECONDS);
const GRANTS = { grants: z.boolean() };
const grants = z.strictObject(GRANTS).partial().optional();

const RULES = {
  subscription_active: z
    .strictObject({ ...GRANTS, renewalGraceSeconds: GRACE })
    .partial()
    .optional(),
  subscription_trialing: z
    .strictObject({ ...GRANTS, graceSeconds: GRACE })
    .partial()
    .optional(),
  subscription_trialing_without_payment_method: grants,
  subscription_past_due: z
    .strictObject({ ...GRANTS, graceSeconds: GRACE })
    .partial()
    .optional(),
  subscription_unpaid: grants,
  subscription_paused: grants,
  subscription_collection_kept_as_draft: grants,
  subscription_collection_uncollectible: grants,
  subscription_collection_voided: grants,
  subscription_canceled: z.strictObject({ grantsUntilPeriodEnd: z.boolean() }).partial().optional(),
  subscription_first_payment_pending: grants,
  subscription_first_payment_failed: grants,
  checkout_session_stands_in: z.strictObject({ graceSeconds: GRACE }).partial().optional(),
  purchase_refunded: z
    .strictObject({ fromShare: z.number().gt(0).max(1) })
    .partial()
    .optional(),
  purchase_disputed: grants,
  purchase_dispute_lost: grants,
  purchase_dispute_inquiry: grants,
} satisfies Record<keyof Policy, z.ZodType>;

const POLICY = z.strictObject(RULES as unknown as Shape);

function problemsOf(issue: z.core.$ZodIssue): { field: string; problem: string }[] {
  const path = issue.path.map(String);
  return issue.code === "unrecognized_keys"
    ? issue.keys.map((key) => ({ field: [...path, key].join("."), problem: "is not known" }))
    : [{ field: path.join("."), problem: `is not valid: ${issue.message}` }];
}

function sentence({ field, problem }: { field: string; problem: string }): string {
  return `${field === "" ? "The value" : field} ${problem}.`;
}
