import {
  MAX_SYNC_UNSENT_CHARACTERS,
  MAX_SYNC_UNSENT_TRANSITIONS,
  SYNC_PING_AFTER_MS,
} from "../limits.ts";
import type { Timer } from "../ports.ts";
import type { SyncTransport } from "./SyncTransport.ts";
import { PING } from "./serverMessage.ts";

/** What is on the way to one client; says when the client is too slow, and keeps it from giving up. */
export class SyncOutbox {
  readonly #transport: SyncTransport;
  readonly #timer: Timer;
  readonly #onProgress: () => void;
  #unsentCharacters = 0;
  #unsentTransitions = 0;
  #cancelPing: (() => void) | null = null;
  #isClosed = false;

  /** @param onProgress called when something has gone out: what was held up may go on */
  constructor(transport: SyncTransport, timer: Timer, onProgress: () => void) {
    this.#transport = transport;
    this.#timer = timer;
    this.#onProgress = onProgress;
    this.#restartPing();
  }

  /** So much is unsent that nothing more is to be done for this client. */
  get isBacklogged(): boolean {
    return this.#unsentCharacters > MAX_SYNC_UNSENT_CHARACTERS;
  }

  /** The client should take what it was told before it is told what has changed since. */
  get hasTransitionsWaiting(): boolean {
    return this.isBacklogged || this.#unsentTransitions >= MAX_SYNC_UNSENT_TRANSITIONS;
  }

  send(text: string): void {
    this.#send(text, 0);
  }

  /** @param frames of one transition */
  sendTransition(frames: readonly string[]): void {
    this.#unsentTransitions++;
    for (const [i, frame] of frames.entries()) {
      this.#send(frame, i === frames.length - 1 ? 1 : 0);
    }
  }

  /** Lets out what was sent, and closes. */
  close(code: number | null, reason: string): void {
    this.#isClosed = true;
    this.#cancelPing?.();
    this.#transport.close(code, reason);
  }

  #send(text: string, completedTransitions: number): void {
    if (this.#isClosed) {
      return;
    }
    this.#unsentCharacters += text.length;
    this.#restartPing();
    this.#transport.send(text, () => {
      this.#unsentCharacters -= text.length;
      this.#unsentTransitions -= completedTransitions;
      this.#onProgress();
    });
  }

  #restartPing(): void {
    this.#cancelPing?.();
    this.#cancelPing = this.#timer.after(SYNC_PING_AFTER_MS, () => this.send(PING));
  }
}
