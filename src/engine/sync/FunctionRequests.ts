import type { Engine } from "../Engine.ts";
import { FunctionError, OverloadedError, RequestError } from "../errors.ts";
import { MAX_SYNC_RUNNING_ACTIONS, MAX_SYNC_WAITING_MUTATIONS } from "../limits.ts";
import type { Random } from "../ports.ts";
import type { Caller } from "../runtime/Caller.ts";
import { failureText } from "../runtime/failureText.ts";
import type { FunctionMessage } from "./clientMessage.ts";
import type { SyncOutbox } from "./SyncOutbox.ts";
import { functionFailed, functionSucceeded } from "./serverMessage.ts";

export interface FunctionRequestsOptions {
  engine: Engine;
  random: Random;
  outbox: SyncOutbox;
  /** A response is on its way; a transition is to follow. */
  onResponse(): void;
  /** The connection cannot go on. */
  onFailure(error: unknown): void;
}

/** A call that a client asks for. */
export interface FunctionRequest {
  readonly message: FunctionMessage;
  readonly caller: Caller;
  /** Chosen by the client; null when it gave none: then a mutation cannot be told from its repetition. */
  readonly sessionId: string | null;
  /** The call is over and takes up no memory any more. */
  onDone(): void;
}

/** The mutations of one connection, one after another, and its actions, side by side. */
export class FunctionRequests {
  readonly #options: FunctionRequestsOptions;
  readonly #mutations: FunctionRequest[] = [];
  #isMutating = false;
  #runningActions = 0;

  constructor(options: FunctionRequestsOptions) {
    this.#options = options;
  }

  /** A mutation has begun and is not answered yet. */
  get isMutating(): boolean {
    return this.#isMutating;
  }

  /** @throws OverloadedError */
  addMutation(mutation: FunctionRequest): void {
    if (this.#mutations.length >= MAX_SYNC_WAITING_MUTATIONS) {
      throw new OverloadedError("Too many mutations wait.", "TooManyConcurrentMutations");
    }
    this.#mutations.push(mutation);
    void this.runMutations();
  }

  /** Runs what waits, as long as the client takes the answers. */
  async runMutations(): Promise<void> {
    if (this.#isMutating) {
      return;
    }
    this.#isMutating = true;
    try {
      while (!this.#options.outbox.isBacklogged) {
        const mutation = this.#mutations.shift();
        if (mutation === undefined) {
          break;
        }
        await this.#runMutation(mutation);
        mutation.onDone();
        this.#options.onResponse();
      }
    } catch (error) {
      this.#options.onFailure(error);
    } finally {
      this.#isMutating = false;
    }
  }

  /** @throws OverloadedError */
  addAction(action: FunctionRequest): void {
    if (this.#runningActions >= MAX_SYNC_RUNNING_ACTIONS) {
      throw new OverloadedError("Too many actions run.", "TooManyInflightActionsForSingleClient");
    }
    this.#runningActions++;
    this.#runAction(action)
      .catch((error: unknown) => this.#options.onFailure(error))
      .finally(() => {
        this.#runningActions--;
        action.onDone();
        this.#options.onResponse();
      });
  }

  /** Forgets the mutations that have not begun: the client asks for them again when it comes back. */
  end(): void {
    this.#mutations.length = 0;
  }

  async #runMutation({ message, caller, sessionId }: FunctionRequest): Promise<void> {
    const { engine, outbox } = this.#options;
    const { requestId, path, args } = message;
    const request = sessionId === null ? null : { sessionId, requestId };
    try {
      const done = await engine.mutateOnce(path, args, caller, request);
      const { valueText, logLines, timestamp } = done;
      outbox.send(functionSucceeded("Mutation", requestId, valueText, logLines, timestamp));
    } catch (error) {
      outbox.send(this.#failed(message, error));
    }
  }

  async #runAction({ message, caller }: FunctionRequest): Promise<void> {
    const { engine, outbox } = this.#options;
    const { requestId, path, args } = message;
    try {
      const { valueText, logLines } = await engine.call(path, "Action", args, caller);
      outbox.send(functionSucceeded("Action", requestId, valueText, logLines, null));
    } catch (error) {
      outbox.send(this.#failed(message, error));
    }
  }

  /** @throws whatever is no function's failure, nor a refusal of an operator who may only read */
  #failed({ type, requestId }: FunctionMessage, error: unknown): string {
    if (error instanceof RequestError && error.code === "ReadOnlyAdminKey") {
      return functionFailed(type, requestId, { message: error.message, data: undefined }, []);
    }
    if (!(error instanceof FunctionError)) {
      throw error;
    }
    const failure = { message: failureText(error, this.#options.random), data: error.data };
    return functionFailed(type, requestId, failure, error.logLines);
  }
}
