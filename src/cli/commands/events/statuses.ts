/** What can become of an event; as the ledger says it. */
export const EVENT_STATUSES = [
  "received",
  "applied",
  "unlinked",
  "recorded",
  "quarantined",
  "failed",
  "dead",
] as const;
