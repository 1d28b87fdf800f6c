/**
 * What a query's run decided and its next run must decide alike (Convex's query journal): the end of the
 * page that it read. With it, pages that are read again neither overlap nor leave a gap.
 */
export interface QueryJournal {
  /** Of the run before. */
  readonly previousEndCursor: string | null;
  /** Of this run; null while nothing was paginated. */
  endCursor: string | null;
}
