import type { Engine } from "../Engine.ts";
import { OverloadedError, RequestError } from "../errors.ts";
import { MAX_SYNC_WAITING_CHARACTERS } from "../limits.ts";
import type { Clock, Log, Random, Timer } from "../ports.ts";
import {
  type AuthenticateMessage,
  type ConnectMessage,
  type ModifyQuerySetMessage,
  parseClientMessage,
  type QuerySetModification,
} from "./clientMessage.ts";
import { FatalSyncError } from "./FatalSyncError.ts";
import { FunctionRequests } from "./FunctionRequests.ts";
import { QuerySet } from "./QuerySet.ts";
import { SyncIdentity } from "./SyncIdentity.ts";
import { SyncOutbox } from "./SyncOutbox.ts";
import type { SyncTransport } from "./SyncTransport.ts";
import { authError, fatalError, type StateVersion, transition } from "./serverMessage.ts";
import type { TextHash } from "./TextHash.ts";

export interface SyncSessionOptions {
  engine: Engine;
  transport: SyncTransport;
  /** Where the connection comes from, for counting wrong keys. */
  source: string;
  clock: Clock;
  timer: Timer;
  random: Random;
  log: Log;
  hash: TextHash;
  /** Whether the client can put together a transition that comes in parts. */
  supportsChunks: boolean;
  /** The session is over; called once. */
  onEnd(): void;
}

/** WebSocket close codes that tell the client to come back later. */
const CLOSE_ERROR = 1011;
const CLOSE_TRY_AGAIN = 1013;

/**
 * One client's connection in Convex's sync protocol: keeps its live queries up to date and runs its
 * mutations (in order, each exactly once) and actions (side by side).
 *
 * Guarantees: all results of one transition are of one snapshot, and `ts` never goes back. A mutation's
 * response comes before the first transition that shows its effect, and one follows every mutation,
 * query set and authentication. What is not sent for a slow client is not worked out either.
 *
 * Never throws: whatever goes wrong ends the connection with `FatalError`, `AuthError` or a close reason,
 * as convex-backend does.
 */
export class SyncSession {
  readonly #options: SyncSessionOptions;
  readonly #outbox: SyncOutbox;
  readonly #querySet: QuerySet;
  readonly #requests: FunctionRequests;
  readonly #identity: SyncIdentity;
  #sessionId: string | null = null;
  /** What the client has been told. */
  #version: StateVersion = { querySet: 0, identity: 0, ts: 0n };
  /** What the client has asked for. */
  #receivedQuerySet = 0;
  readonly #modifications: { message: ModifyQuerySetMessage; onDone: () => void }[] = [];
  readonly #inbox: string[] = [];
  #isReading = false;
  #waitingCharacters = 0;
  #isUpdateDue = false;
  #isUpdateQueued = false;
  #isUpdating = false;
  #ended = false;

  constructor(options: SyncSessionOptions) {
    this.#options = options;
    const { engine, hash, random, transport, timer } = options;
    this.#outbox = new SyncOutbox(transport, timer, () => this.#resume());
    this.#querySet = new QuerySet({
      queries: engine.queries,
      hash,
      random,
      onTouched: () => this.#scheduleUpdate(),
    });
    this.#identity = new SyncIdentity(options);
    this.#requests = new FunctionRequests({
      engine,
      random,
      outbox: this.#outbox,
      onResponse: () => this.#scheduleUpdate(),
      onFailure: (error) => this.#fail(error),
    });
  }

  /** Takes one frame. */
  receive(text: string): void {
    if (this.#ended) {
      return;
    }
    this.#waitingCharacters += text.length;
    if (this.#waitingCharacters > MAX_SYNC_WAITING_CHARACTERS) {
      this.#fail(new OverloadedError("Too much is waiting for this connection."));
      return;
    }
    this.#inbox.push(text);
    void this.#read();
  }

  /** The connection is gone, or shall go: `code` and `reason` are for the client. */
  end(code: number | null, reason: string): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#querySet.end();
    this.#requests.end();
    this.#inbox.length = 0;
    this.#outbox.close(code, reason);
    this.#options.onEnd();
  }

  /** Works off the frames in order; only an authentication makes those behind it wait. */
  async #read(): Promise<void> {
    if (this.#isReading) {
      return;
    }
    this.#isReading = true;
    try {
      while (!this.#outbox.isBacklogged) {
        const text = this.#inbox.shift();
        if (text === undefined) {
          break;
        }
        await this.#handle(text);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isReading = false;
    }
  }

  /** @returns a promise only when the next message must wait */
  #handle(text: string): Promise<void> | undefined {
    const message = parseClientMessage(text);
    const onDone = (): void => {
      this.#waitingCharacters -= text.length;
    };
    switch (message.type) {
      case "Mutation":
      case "Action": {
        const request = {
          message,
          caller: this.#identity.caller(),
          sessionId: this.#sessionId,
          onDone,
        };
        if (message.type === "Mutation") {
          this.#requests.addMutation(request);
        } else {
          this.#requests.addAction(request);
        }
        return undefined;
      }
      case "ModifyQuerySet":
        this.#modifyQuerySet(message, onDone);
        return undefined;
      case "Connect":
        onDone();
        this.#connect(message);
        return undefined;
      case "Authenticate":
        onDone();
        return this.#authenticate(message);
      case "Event":
        onDone();
        return undefined;
    }
  }

  #connect({ sessionId, maxObservedTimestamp }: ConnectMessage): void {
    this.#sessionId = sessionId;
    if (maxObservedTimestamp !== null && maxObservedTimestamp > this.#options.engine.timestamp) {
      // It has seen commits that this store has not: to answer would take them back.
      throw new Error("a client has observed a timestamp ahead of the latest known one");
    }
  }

  #modifyQuerySet(message: ModifyQuerySetMessage, onDone: () => void): void {
    const { baseVersion, newVersion } = message;
    const current = this.#receivedQuerySet;
    if (baseVersion !== current) {
      throw new FatalSyncError(
        `Base version ${baseVersion} passed up doesn't match the current version ${current}`,
      );
    }
    if (newVersion <= baseVersion) {
      throw new Error("a query set's version went back");
    }
    this.#receivedQuerySet = newVersion;
    this.#modifications.push({ message, onDone });
    this.#scheduleUpdate();
  }

  async #authenticate({ baseVersion, credentials }: AuthenticateMessage): Promise<void> {
    try {
      await this.#identity.update(credentials, baseVersion);
      this.#scheduleUpdate();
    } catch (error) {
      if (!(error instanceof RequestError)) {
        throw error;
      }
      this.#refuse(error, true);
    }
  }

  /** A later turn, so that one transition follows what ends in this one, and responses come first. */
  #scheduleUpdate(): void {
    this.#isUpdateDue = true;
    if (!this.#isUpdateQueued) {
      this.#isUpdateQueued = true;
      this.#options.timer.nextTurn(() => {
        this.#isUpdateQueued = false;
        void this.#update();
      });
    }
  }

  async #update(): Promise<void> {
    const isHeldUp = this.#isUpdating || this.#outbox.hasTransitionsWaiting;
    if (this.#ended || !this.#isUpdateDue || isHeldUp) {
      return;
    }
    this.#isUpdating = true;
    this.#isUpdateDue = false;
    try {
      await this.#sendTransition();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isUpdating = false;
    }
    if (this.#isUpdateDue) {
      this.#scheduleUpdate();
    }
  }

  async #sendTransition(): Promise<void> {
    const { engine, timer, supportsChunks } = this.#options;
    const start = this.#version;
    const received = { querySet: this.#receivedQuerySet, identity: this.#identity.version };
    const caller = this.#identity.caller();
    if (received.identity > start.identity) {
      this.#querySet.forgetResults();
    }
    const removed = this.#querySet.modify(this.#takeModifications());
    const latest = engine.timestamp;
    const { timestamp, modifications } = await this.#querySet.refresh(caller);
    if (this.#requests.isMutating) {
      // The queries may have seen its effect; its response is sent within this turn.
      await new Promise<void>((resolve) => timer.nextTurn(resolve));
    }
    if (this.#ended) {
      return;
    }
    this.#version = { ...received, ts: timestamp ?? latest };
    const texts = new Map([...removed, ...modifications]).values();
    this.#outbox.sendTransition(transition(start, this.#version, texts, supportsChunks));
  }

  #takeModifications(): QuerySetModification[] {
    return this.#modifications.splice(0).flatMap(({ message, onDone }) => {
      onDone();
      return message.modifications;
    });
  }

  /** Goes on with what a slow client has held up. */
  #resume(): void {
    if (this.#ended) {
      return;
    }
    void this.#read();
    void this.#requests.runMutations();
    void this.#update();
  }

  #refuse({ message }: RequestError, authUpdateAttempted: boolean): void {
    this.#outbox.send(authError(message, this.#identity.version, authUpdateAttempted));
    this.end(null, "");
  }

  #fail(error: unknown): void {
    if (error instanceof FatalSyncError) {
      this.#outbox.send(fatalError(error.message));
      this.end(null, "");
    } else if (error instanceof RequestError) {
      this.#refuse(error, false);
    } else if (error instanceof OverloadedError) {
      this.end(CLOSE_TRY_AGAIN, error.code);
    } else {
      const name = error instanceof Error ? error.name : typeof error;
      this.#options.log.error("sync_session_failed", { error: name });
      this.end(CLOSE_ERROR, "InternalServerError");
    }
  }
}
