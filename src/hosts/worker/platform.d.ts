/** What this host uses of Cloudflare's runtime, after its published types; nothing else of it is reached. */

declare module "cloudflare:workers" {
  /** The Worker's bindings: variables and secrets as text, besides those that are objects. */
  export const env: Readonly<Record<string, unknown>>;
}

interface SqlCursor {
  raw(): { toArray(): (null | number | string | ArrayBuffer)[][] };
}

interface ObjectStorage {
  readonly sql: {
    /** Caches the prepared statement by its text. */
    exec(sql: string, ...parameters: (null | number | string | Uint8Array)[]): SqlCursor;
  };
  /** All or nothing, nests by savepoints. What is returned is durable before any answer leaves. */
  transactionSync<T>(run: () => T): T;
  /** Everything: tables, values and the alarm. */
  deleteAll(): Promise<void>;
  /** At most one per object: this replaces the one there was. */
  setAlarm(atMs: number): Promise<void>;
}

interface ObjectState {
  /** The name that it was asked for by. */
  readonly id: { readonly name?: string };
  readonly storage: ObjectStorage;
  /** Holds back every event until `run` is over. When it rejects, the object is reset. */
  blockConcurrencyWhile<T>(run: () => Promise<T>): Promise<T>;
  /** Lets the object sleep while the socket stays open; frames then come to `webSocketMessage`. */
  acceptWebSocket(socket: ObjectSocket): void;
  getWebSockets(): ObjectSocket[];
}

interface ObjectSocket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

declare const WebSocketPair: new () => { 0: ObjectSocket; 1: ObjectSocket };

interface ObjectNamespace {
  /** The same name is the same object, wherever in the world it is asked for. */
  getByName(name: string): { fetch(request: Request): Promise<Response> };
}
