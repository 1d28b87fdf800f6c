/** Every bound of the sandbox. What would exceed one is refused with a Stripe-shaped error. */
export const SANDBOX_LIMITS = {
  /** Bytes of a request's body. */
  bodyBytes: 128 * 1024,
  /** Parameters of one request, and how deep their names nest. */
  parameters: 500,
  parameterDepth: 8,
  /** Objects of one kind. */
  objectsPerTable: 20_000,
  /** Events kept; the oldest ones make room. Stripe itself keeps 30 days. */
  events: 10_000,
  /** Deliveries kept with their attempts; the oldest finished ones make room. */
  deliveries: 20_000,
  /** Deliveries not finished yet. Beyond it a new event is dropped for that endpoint, and says so. */
  waitingDeliveries: 5_000,
  /** As at Stripe. */
  webhookEndpoints: 16,
  /** Attempts under way at once. */
  concurrentDeliveries: 4,
  /** How long a webhook endpoint may take to answer. */
  deliveryTimeoutMs: 10_000,
  /** How long the hosted page waits for `checkout.session.completed` to be answered, as Stripe does. */
  redirectWaitMs: 10_000,
  /** Longest wait of `POST /sandbox/deliveries/settle`. */
  settleWaitMs: 30_000,
  /** How long deliveries that are to be reordered are held for the rest of their group. */
  reorderWaitMs: 2_000,
  /** Idempotency keys kept, and for how long. */
  idempotencyKeys: 5_000,
  idempotencySeconds: 24 * 3_600,
  idempotencyKeyLength: 255,
  /** Longest single move of the clock. */
  advanceSeconds: 800 * 24 * 3_600,
  /** Things that may happen by themselves in one move of the clock. */
  jobsPerAdvance: 20_000,
  /** Faults waiting to hit something, and what one may hit. */
  faults: 20,
  faultCount: 1_000,
  /** Objects in one page of a list; 10 when not told. */
  pageSize: 100,
  /** Properties to expand in one request, and how deep. */
  expansions: 20,
  expansionDepth: 4,
  /** Items of a subscription, line items of a session. */
  items: 20,
  metadataKeys: 50,
  metadataKeyLength: 40,
  metadataValueLength: 500,
  textLength: 5_000,
} as const;
