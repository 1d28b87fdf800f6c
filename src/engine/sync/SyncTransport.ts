/** A connection to one client that carries text frames in both directions, such as a WebSocket. */
export interface SyncTransport {
  /** Hands over one frame. Calls `onSent`, later, once the frame no longer takes up memory here. */
  send(text: string, onSent: () => void): void;
  /** Sends what was handed over, then closes. @param code of the WebSocket protocol; null for none */
  close(code: number | null, reason: string): void;
}
