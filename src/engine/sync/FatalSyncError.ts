/**
 * The client has broken the protocol, or asks for what cannot be: it is told `message` in a
 * `FatalError` and must not come back with the same. Texts are convex-backend's where it has one.
 */
export class FatalSyncError extends Error {
  override readonly name = "FatalSyncError";
}
