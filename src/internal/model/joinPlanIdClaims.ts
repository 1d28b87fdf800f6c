/** The most plan ids that one Stripe object may claim; two are already one too many. */
export const MAX_PLAN_ID_CLAIMS = 8;

/**
 * Joins the plan ids that sightings of one Stripe object named (`client_reference_id`,
 * `metadata.planId`): a sorted set without repeats, cut after the {@link MAX_PLAN_ID_CLAIMS} least texts.
 *
 * More than one claim is a contradiction for whoever links the object to a plan; this only remembers it.
 */
export function joinPlanIdClaims(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort().slice(0, MAX_PLAN_ID_CLAIMS);
}
