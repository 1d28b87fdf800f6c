import type { Log } from "../../engine/ports.ts";

/** Longer messages, names and values are cut to this many characters and end in `…`. */
export const MAX_LOG_TEXT_CHARACTERS = 500;

/** Controls, line separators and direction overrides: what could forge a line or hide part of one. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text with none of these needs no quotes. */
const AMBIGUOUS = /["=\\]/;

/**
 * The log of a Node process: one line a call, `level message name=value …`, to standard output unless
 * `write` says otherwise. No time stamp: whatever collects the output adds it.
 *
 * Guarantees: exactly one line per call whatever the texts hold (controls are escaped as `\u{a}`), each
 * text bounded by {@link MAX_LOG_TEXT_CHARACTERS}, and a value never reads as another field: values with
 * spaces, quotes, `=` or `\` are quoted. Does not hide secrets: callers never pass any.
 */
export function createLineLog(
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Log {
  const log =
    (level: string): Log["info"] =>
    (message, fields = {}) => {
      const pairs = Object.entries(fields).map(
        ([name, value]) => ` ${word(name)}=${word(String(value))}`,
      );
      write(`${level} ${phrase(message)}${pairs.join("")}\n`);
    };
  return { info: log("info"), error: log("error") };
}

function word(text: string): string {
  return text === "" || /\s/.test(text) ? quoted(text) : phrase(text);
}

function phrase(text: string): string {
  return AMBIGUOUS.test(text) ? quoted(text) : escaped(cut(text));
}

function quoted(text: string): string {
  return `"${escaped(cut(text).replace(/["\\]/g, "\\$&"))}"`;
}

function cut(text: string): string {
  return text.length > MAX_LOG_TEXT_CHARACTERS
    ? `${text.slice(0, MAX_LOG_TEXT_CHARACTERS - 1)}…`
    : text;
}

function escaped(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
