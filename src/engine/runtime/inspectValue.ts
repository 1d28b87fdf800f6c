import { MAX_LOG_LINE_BYTES } from "../limits.ts";

/** Convex: deeper objects are shown as `[Object]`. */
const MAX_DEPTH = 5;

/**
 * A value as Convex's console shows it (convex-backend inspects with `object-inspect`, indent 2): strings
 * in single quotes, objects over several lines, arrays on one line when their elements are.
 *
 * Never throws, not even for getters that do. Stops reading the value when a whole log line is full, so
 * that a huge or densely shared structure costs no more than that.
 */
export function inspectValue(value: unknown): string {
  try {
    return new Inspection().show(value, []);
  } catch {
    return "[a value that cannot be inspected]";
  }
}

const BOXES = [Number, String, Boolean, BigInt, Symbol];

class Inspection {
  #remaining = MAX_LOG_LINE_BYTES;

  /** @param seen the objects around this value, outermost first */
  show(value: unknown, seen: readonly object[]): string {
    if (typeof value === "function") {
      return this.#withFields(
        `[Function${value.name ? `: ${value.name}` : " (anonymous)"}]`,
        value,
        seen,
      );
    }
    if (typeof value !== "object" || value === null) {
      return this.#spend(showScalar(value));
    }
    if (seen.length >= MAX_DEPTH) {
      return this.#spend(Array.isArray(value) ? "[Array]" : "[Object]");
    }
    if (seen.includes(value)) {
      return this.#spend("[Circular]");
    }
    return this.#showObject(value, seen);
  }

  #showObject(value: object, seen: readonly object[]): string {
    if (Array.isArray(value)) {
      return this.#showArray(value, seen);
    }
    if (value instanceof Error) {
      const parts = this.#fields(value, seen);
      const text = this.#spend(`[${String(value)}]`);
      return parts.length === 0 ? text : `{ ${text} ${parts.join(", ")} }`;
    }
    if (value instanceof Map || value instanceof Set) {
      return this.#showCollection(value, seen);
    }
    if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
      return `${value[Symbol.toStringTag]} { ? }`;
    }
    if (value instanceof Date || value instanceof RegExp) {
      return this.#spend(String(value));
    }
    if (BOXES.some((box) => value instanceof box)) {
      return `Object(${this.show(value.valueOf(), seen)})`;
    }
    const fields = this.#fields(value, seen);
    const tag = tagOf(value);
    return fields.length === 0 ? `${tag}{}` : `${tag}{${indented(fields, seen.length)}}`;
  }

  #showArray(array: readonly unknown[], seen: readonly object[]): string {
    const shown: string[] = [];
    for (let i = 0; i < array.length && this.#remaining > 0; i++) {
      shown.push(i in array ? this.show(array[i], [...seen, array]) : this.#spend(""));
    }
    shown.push(...this.#fields(array, seen));
    if (shown.length === 0) {
      return "[]";
    }
    return shown.some((each) => each.includes("\n"))
      ? `[${indented(shown, seen.length)}]`
      : `[ ${shown.join(", ")} ]`;
  }

  #showCollection(
    collection: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>,
    seen: readonly object[],
  ): string {
    const shown: string[] = [];
    const inside = [...seen, collection];
    const isMap = collection instanceof Map;
    for (const [key, value] of collection.entries()) {
      if (this.#remaining <= 0) {
        break;
      }
      const name = isMap ? `${this.show(key, inside)} => ` : "";
      shown.push(`${name}${this.show(value, inside)}`);
    }
    const entries = shown.length === 0 ? "" : indented(shown, seen.length);
    return `${isMap ? "Map" : "Set"} (${collection.size}) {${entries}}`;
  }

  #withFields(text: string, value: object, seen: readonly object[]): string {
    const fields = this.#fields(value, seen);
    this.#spend(text);
    return fields.length === 0 ? text : `${text} { ${fields.join(", ")} }`;
  }

  #fields(object: object, seen: readonly object[]): string[] {
    const shown: string[] = [];
    const inside = [...seen, object];
    const values = object as Record<PropertyKey, unknown>;
    for (const key in object) {
      if (this.#remaining <= 0) {
        return shown;
      }
      if (Object.hasOwn(object, key) && !(Array.isArray(object) && isElement(object, key))) {
        const name = /[^\w$]/.test(key) ? showString(key) : key;
        this.#spend(name);
        shown.push(`${name}: ${this.show(values[key], inside)}`);
      }
    }
    for (const symbol of Object.getOwnPropertySymbols(object)) {
      if (Object.prototype.propertyIsEnumerable.call(object, symbol)) {
        shown.push(`[${this.#spend(String(symbol))}]: ${this.show(values[symbol], inside)}`);
      }
    }
    return shown;
  }

  /** Every text counts for a separator too, or empty ones would be free. */
  #spend(text: string): string {
    this.#remaining -= text.length + 2;
    return text;
  }
}

function isElement(array: readonly unknown[], key: string): boolean {
  return String(Number(key)) === key && Number(key) < array.length;
}

function showScalar(value: unknown): string {
  if (typeof value === "string") {
    return showString(value);
  }
  if (typeof value === "bigint") {
    return `${value}n`;
  }
  return Object.is(value, -0) ? "-0" : String(value);
}

function showString(text: string): string {
  const extra = text.length - MAX_LOG_LINE_BYTES;
  if (extra > 0) {
    const shown = showString(text.slice(0, MAX_LOG_LINE_BYTES));
    return `${shown}... ${extra} more character${extra > 1 ? "s" : ""}`;
  }
  const escaped = text.replace(/['\\]/g, "\\$&");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it escapes
  return `'${escaped.replace(/[\x00-\x1f]/g, showControl)}'`;
}

const CONTROLS: Record<string, string> = {
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
};

function showControl(character: string): string {
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
  return CONTROLS[character] ?? `\\x${code}`;
}

/** The class of an object that is not plain: `Plan `, `[Object: null prototype] `. */
function tagOf(object: object): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === Object.prototype) {
    return "";
  }
  if (prototype === null) {
    return "[Object: null prototype] ";
  }
  const { name } = object.constructor as { name?: unknown };
  const own = typeof name === "string" && name !== "" ? `${name} ` : "";
  const tag = Object.prototype.toString.call(object).slice(8, -1);
  return Symbol.toStringTag in object ? `${own}[${tag}] ` : own;
}

function indented(shown: readonly string[], depth: number): string {
  const outer = "  ".repeat(depth);
  return `\n${outer}  ${shown.join(`,\n${outer}  `)}\n${outer}`;
}
