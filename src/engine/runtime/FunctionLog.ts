import { MAX_LOG_LINE_BYTES, MAX_LOG_LINES } from "../limits.ts";
import { inspectValue } from "./inspectValue.ts";

export type LogLevel = "DEBUG" | "INFO" | "LOG" | "WARN" | "ERROR";

/** One call of a function's console. */
export interface LogLine {
  level: LogLevel;
  /** Each argument, inspected: strings in single quotes. */
  messages: string[];
  isTruncated: boolean;
  /** Milliseconds since 1970. */
  timestamp: number;
}

/**
 * What one function run wrote to its console: at most {@link MAX_LOG_LINES} lines, the last of which
 * says that some are missing, each at most {@link MAX_LOG_LINE_BYTES} bytes of UTF-8 long, as on Convex.
 */
export class FunctionLog {
  readonly lines: LogLine[] = [];
  readonly #nowMs: () => number;
  readonly #timers = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** What `console.log(...values)` does, for any level. */
  write(level: LogLevel, values: readonly unknown[]): void {
    if (this.lines.length < MAX_LOG_LINES) {
      this.writeText(level, values.map(inspectValue));
    }
  }

  /** Writes texts as they are. */
  writeText(level: LogLevel, texts: string[]): void {
    const missing = MAX_LOG_LINES - this.lines.length;
    if (missing > 1) {
      this.lines.push({ level, ...truncated(texts), timestamp: this.#nowMs() });
    } else if (missing === 1) {
      const text = `Log overflow (maximum ${MAX_LOG_LINES}). Remaining log lines omitted.`;
      const timestamp = this.#nowMs();
      this.lines.push({ level: "ERROR", messages: [text], isTruncated: false, timestamp });
    }
  }

  /** `console.time` */
  startTimer(label: string): void {
    if (this.#timers.has(label)) {
      this.writeText("WARN", [`Timer '${label}' already exists`]);
    } else if (this.#timers.size < MAX_LOG_LINES) {
      this.#timers.set(label, this.#nowMs());
    }
  }

  /** `console.timeLog`, and `console.timeEnd` with `ends`. */
  showTimer(label: string, values: readonly unknown[], ends: boolean): void {
    const startedMs = this.#timers.get(label);
    if (startedMs === undefined) {
      this.writeText("WARN", [`Timer '${label}' does not exist`]);
      return;
    }
    const elapsed = `${label}: ${Math.round(this.#nowMs() - startedMs)}ms`;
    this.writeText("INFO", [elapsed, ...values.map(inspectValue)]);
    if (ends) {
      this.#timers.delete(label);
    }
  }
}

/** A line as clients and the CLI show it: `[LOG] 'text' 7`. */
export function displayLogLine({ level, messages, isTruncated }: LogLine): string {
  return `[${level}] ${messages.join(" ")}${isTruncated ? " (truncated due to length)" : ""}`;
}

const encoder = new TextEncoder();
const buffer = new Uint8Array(MAX_LOG_LINE_BYTES);

function truncated(texts: readonly string[]): { messages: string[]; isTruncated: boolean } {
  const messages: string[] = [];
  let remaining = MAX_LOG_LINE_BYTES;
  for (const text of texts) {
    const { read, written } = encoder.encodeInto(text, buffer.subarray(0, Math.max(0, remaining)));
    messages.push(text.slice(0, read));
    if (read < text.length) {
      return { messages, isTruncated: true };
    }
    remaining -= written + 1;
  }
  return { messages, isTruncated: false };
}
