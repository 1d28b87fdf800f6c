import { SANDBOX_LIMITS } from "../limits.ts";
import { invalidRequest } from "../StripeError.ts";

/** A parameter as it came: every value is text. */
export type FormValue = string | FormValue[] | { [name: string]: FormValue };

/**
 * Reads form-encoded parameters the way Stripe nests them: `items[0][price]=x` and `expand[]=y`.
 *
 * @throws StripeError for more parameters or deeper names than the bounds, and for a name that is both a
 * value and a group
 */
export function parseForm(text: string): Record<string, FormValue> {
  const root: Node = new Map();
  const pairs = [...new URLSearchParams(text)];
  if (pairs.length > SANDBOX_LIMITS.parameters) {
    throw invalidRequest(`The request has more than ${SANDBOX_LIMITS.parameters} parameters.`);
  }
  for (const [name, value] of pairs) {
    put(root, pathOf(name), value, name);
  }
  return plainRecord(root);
}

type Node = Map<string, Node | string>;

function pathOf(name: string): string[] {
  const [, head = name, tail = ""] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
  const path = [head, ...Array.from(tail.matchAll(/\[([^[\]]*)\]/g), ([, key = ""]) => key)];
  if (path.length > SANDBOX_LIMITS.parameterDepth) {
    throw invalidRequest(`The parameter ${name} nests too deep.`, { param: name });
  }
  return path;
}

function put(node: Node, path: readonly string[], value: string, name: string): void {
  const [first = "", ...rest] = path;
  const key = first === "" ? String(node.size) : first;
  if (rest.length === 0) {
    node.set(key, value);
    return;
  }
  const child = node.get(key) ?? new Map();
  if (typeof child === "string") {
    throw invalidRequest(`Invalid ${name}: it is a value already.`, { param: name });
  }
  node.set(key, child);
  put(child, rest, value, name);
}

function plain(node: Node | string): FormValue {
  if (typeof node === "string") {
    return node;
  }
  const keys = [...node.keys()];
  return keys.length > 0 && keys.every((key) => /^\d+$/.test(key))
    ? Array.from(node.values(), plain)
    : plainRecord(node);
}

/** `fromEntries` makes own properties, so a name such as `__proto__` is a name like any other. */
function plainRecord(node: Node): Record<string, FormValue> {
  return Object.fromEntries(Array.from(node, ([key, value]) => [key, plain(value)]));
}
