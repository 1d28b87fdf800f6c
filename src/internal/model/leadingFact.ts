/**
 * The one of two facts about an object that decides how it stands: the higher rank, and among equals the
 * lesser event id, so that provenance names the same event whatever the order of arrival.
 *
 * `rank` must tell apart all values that the caller takes from the answer.
 */
export function leadingFact<Fact extends { eventId: string }>(
  a: Fact,
  b: Fact,
  rank: (fact: Fact) => number,
): Fact {
  const difference = rank(a) - rank(b);
  if (difference !== 0) {
    return difference > 0 ? a : b;
  }
  return a.eventId <= b.eventId ? a : b;
}
