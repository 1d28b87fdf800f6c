/**
 * Joins two sightings of a value that Stripe sets once and never changes, such as the subscription of a
 * Checkout Session: the known one wins over `null`. Two different values contradict that promise; then
 * the greater one wins, so that the outcome still does not depend on the order.
 */
export function joinSetOnce<T extends string | number | null>(a: T, b: T): T {
  if (a === null) {
    return b;
  }
  if (b === null) {
    return a;
  }
  return a > b ? a : b;
}
