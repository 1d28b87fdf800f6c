import { SingleBar } from "cli-progress";
import type { Output } from "./Output.ts";

/** How often a line is written where there is no terminal. */
const LINE_INTERVAL_MS = 5_000;

/** Shows how far something is: a bar on a terminal, now and then a line elsewhere. */
export class Progress {
  readonly #bar: SingleBar | null;
  readonly #out: Output;
  readonly #unit: string;
  readonly #startedAtMs = performance.now();
  #lastLineAtMs = performance.now();
  #total = 0;
  #done = 0;

  constructor(out: Output, unit: string) {
    this.#out = out;
    this.#unit = unit;
    const format = ` {bar} {percentage}% | {value}/{total} ${unit} | {rate} a second | {eta} s left`;
    const stream = out.stderr;
    this.#bar = stream.isTTY
      ? new SingleBar({ format, stream, hideCursor: true, barsize: 30 })
      : null;
  }

  /** Per second, since the beginning. */
  get rate(): number {
    return Math.round(this.#done / Math.max(0.001, this.elapsedSeconds));
  }

  get elapsedSeconds(): number {
    return (performance.now() - this.#startedAtMs) / 1_000;
  }

  update(done: number, total: number): void {
    this.#done = done;
    if (this.#bar !== null) {
      const payload = { rate: this.rate.toLocaleString("en") };
      if (this.#total === 0) {
        this.#bar.start(total, done, payload);
      } else if (total !== this.#total) {
        this.#bar.setTotal(total);
      }
      this.#bar.update(done, payload);
    } else if (performance.now() - this.#lastLineAtMs >= LINE_INTERVAL_MS) {
      this.#lastLineAtMs = performance.now();
      this.#out.note(`${done} of ${total} ${this.#unit}`);
    }
    this.#total = total;
  }

  /** Leaves the terminal as it was. */
  stop(): void {
    this.#bar?.stop();
  }
}
