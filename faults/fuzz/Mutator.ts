import type { Random } from "../../tests/model/lifeCycle/random.ts";

const NASTY_TEXTS = [
  ...[
    "",
    " ",
    "\0",
    "\r\n",
    "\ud800",
    "\ufeff",
    "é",
    "💶",
    ",",
    "=",
    "t=",
    "v1=",
    "{",
    "}",
    "[",
    '"',
  ],
  ...["__proto__", "constructor", "toString", "null", "true", "NaN", "-0", "1e999", "9".repeat(40)],
  ...["../../etc/passwd", "%00", "%", "'; --", "$int64", "\\u0000", "evt_1", "a".repeat(300)],
];

const NASTY_VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -0, -1, 1.5, 2 ** 53, 1e308, "", " ", "\ud800", "x".repeat(2_000)],
  ...[[], {}, [[[[[]]]]], { __proto__x: 1 }, { $int64: "AAAAAAAAAAA=" }, { $bytes: "?" }],
  ...[{ id: null }, [null], { object: "event" }, "9".repeat(30), "evt_1", -1e18],
];

const MAX_MUTATIONS = 4;

/** Makes inputs that are almost right, and some that are not at all; the same for the same randomness. */
export class Mutator {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.#random.below(choices.length)] as T;
  }

  below(bound: number): number {
    return this.#random.below(bound);
  }

  /** A text with spans cut out, doubled, moved, replaced and filled with what parsers trip over. */
  text(original: string): string {
    let text = original;
    for (let mutations = 1 + this.below(MAX_MUTATIONS); mutations > 0; mutations--) {
      const from = this.below(text.length + 1);
      const to = Math.min(text.length, from + this.below(1 + this.below(20)));
      const span = text.slice(from, to);
      const other = this.one([
        ...["", span + span, this.one(NASTY_TEXTS), this.one(NASTY_TEXTS)],
        String.fromCharCode(this.below(this.one([128, 256, 65_536]))),
        [...span].reverse().join(""),
      ]);
      text = text.slice(0, from) + other + text.slice(to);
    }
    return this.below(50) === 0 ? text.slice(0, this.below(text.length + 1)) : text;
  }

  /** JSON of a value in which some parts are gone, doubled, renamed or something else. */
  json(original: unknown): string {
    const text = JSON.stringify(this.#value(original, 1 + this.below(MAX_MUTATIONS)));
    return this.below(4) === 0 ? this.text(text) : text;
  }

  #value(value: unknown, mutations: number): unknown {
    if (mutations === 0) {
      return value;
    }
    if (this.below(6) === 0 || typeof value !== "object" || value === null) {
      return this.one(NASTY_VALUES);
    }
    if (Array.isArray(value)) {
      const at = this.below(value.length + 1);
      return value.toSpliced(at, this.below(2), this.#value(value[at], mutations - 1));
    }
    const entries = Object.entries(value);
    const [name, part] = entries[this.below(entries.length)] ?? ["id", null];
    const changed: Record<string, unknown> = { ...value };
    switch (this.below(5)) {
      case 0:
        delete changed[name];
        break;
      case 1:
        changed[this.one(NASTY_TEXTS)] = part;
        break;
      default:
        changed[name] = this.#value(part, mutations - 1);
    }
    return this.#value(changed, this.below(mutations));
  }
}
