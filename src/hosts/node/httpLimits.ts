/** Every bound of the HTTP server; {@link HTTP_LIMITS} holds the values in use. */
export interface HttpLimits {
  /** Request line and headers together; more is answered with 431. */
  readonly maxHeaderBytes: number;
  /** More headers are answered with 431. */
  readonly maxHeaders: number;
  /** From a connection's first byte to the end of the headers; slower is answered with 408. */
  readonly headersTimeoutMs: number;
  /** From a request's first byte to its last; slower is answered with 408. */
  readonly requestTimeoutMs: number;
  /** How often the two limits above are enforced: they hold to within this. */
  readonly checkIntervalMs: number;
  /**
   * An answer waits until the rest of a body that `fetch` did not read has come and is dropped. When
   * there is more than this, or it takes longer, the connection is closed after the answer.
   */
  readonly maxDiscardedBytes: number;
  readonly discardTimeoutMs: number;
  /** How long a connection may wait for its next request; Node grants a second more. */
  readonly keepAliveTimeoutMs: number;
  /**
   * A connection without a byte in either direction for this long is cut: a client that stopped
   * reading, or a request that takes this long to answer.
   */
  readonly silenceTimeoutMs: number;
  /** Further connections are closed as they come. */
  readonly maxConnections: number;
  /** Of these, connections turned into WebSockets; further ones are refused with 503. */
  readonly maxUpgraded: number;
  /** Requests being worked on at once, over all connections; further ones are answered with 503. */
  readonly maxConcurrentRequests: number;
  /**
   * Of these, POST requests, as deliveries are; further ones are answered with 503. The rest is left for those
   * who look: health checks and pages.
   */
  readonly maxConcurrentPosts: number;
  /** How long `close` lets requests in flight finish. */
  readonly drainTimeoutMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  maxHeaderBytes: 16 * 1_024,
  maxHeaders: 100,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkIntervalMs: 1_000,
  maxDiscardedBytes: 8 * 1_024 * 1_024,
  discardTimeoutMs: 500,
  keepAliveTimeoutMs: 5_000,
  silenceTimeoutMs: 120_000,
  maxConnections: 1_024,
  maxUpgraded: 512,
  maxConcurrentRequests: 1_024,
  maxConcurrentPosts: 512,
  drainTimeoutMs: 10_000,
};
