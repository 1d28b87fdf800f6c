import { compareBytes } from "../storage/indexKey.ts";

interface Node<T> {
  readonly lower: Uint8Array;
  readonly upper: Uint8Array;
  readonly items: Set<T>;
  readonly priority: number;
  /** The greatest upper end of this node and all below it. */
  maxUpper: Uint8Array;
  left: Node<T> | null;
  right: Node<T> | null;
}

/**
 * Intervals of keys, each with the items that stand for it: which of them hold a key is found in the
 * logarithm of their number. A treap ordered by lower end; random priorities keep it balanced whatever
 * the order of additions.
 */
export class IntervalIndex<T> {
  readonly #nextPriority: () => number;
  #root: Node<T> | null = null;

  constructor(nextPriority: () => number) {
    this.#nextPriority = nextPriority;
  }

  get isEmpty(): boolean {
    return this.#root === null;
  }

  add(lower: Uint8Array, upper: Uint8Array, item: T): void {
    this.#root = this.#added(this.#root, lower, upper, item);
  }

  /** Takes the item away from an interval it was added to with the same ends. */
  remove(lower: Uint8Array, upper: Uint8Array, item: T): void {
    this.#root = removed(this.#root, lower, upper, item);
  }

  /** Calls `found` with every item of every interval that holds `key`. */
  eachAt(key: Uint8Array, found: (item: T) => void): void {
    visit(this.#root, key, found);
  }

  #added(node: Node<T> | null, lower: Uint8Array, upper: Uint8Array, item: T): Node<T> {
    if (node === null) {
      const priority = this.#nextPriority();
      const items = new Set([item]);
      return { lower, upper, items, priority, maxUpper: upper, left: null, right: null };
    }
    const order = compareIntervals(lower, upper, node);
    if (order === 0) {
      node.items.add(item);
    } else if (order < 0) {
      node.left = this.#added(node.left, lower, upper, item);
      if (node.left.priority > node.priority) {
        return rotatedRight(node, node.left);
      }
    } else {
      node.right = this.#added(node.right, lower, upper, item);
      if (node.right.priority > node.priority) {
        return rotatedLeft(node, node.right);
      }
    }
    return updated(node);
  }
}

function removed<T>(
  node: Node<T> | null,
  lower: Uint8Array,
  upper: Uint8Array,
  item: T,
): Node<T> | null {
  if (node === null) {
    return null;
  }
  const order = compareIntervals(lower, upper, node);
  if (order === 0) {
    node.items.delete(item);
    return node.items.size > 0 ? node : merged(node.left, node.right);
  }
  if (order < 0) {
    node.left = removed(node.left, lower, upper, item);
  } else {
    node.right = removed(node.right, lower, upper, item);
  }
  return updated(node);
}

function visit<T>(node: Node<T> | null, key: Uint8Array, found: (item: T) => void): void {
  if (node === null || compareBytes(node.maxUpper, key) <= 0) {
    return;
  }
  visit(node.left, key, found);
  if (compareBytes(node.lower, key) <= 0) {
    if (compareBytes(key, node.upper) < 0) {
      for (const item of node.items) {
        found(item);
      }
    }
    visit(node.right, key, found);
  }
}

function compareIntervals<T>(lower: Uint8Array, upper: Uint8Array, node: Node<T>): number {
  return compareBytes(lower, node.lower) || compareBytes(upper, node.upper);
}

function rotatedRight<T>(node: Node<T>, left: Node<T>): Node<T> {
  node.left = left.right;
  left.right = updated(node);
  return updated(left);
}

function rotatedLeft<T>(node: Node<T>, right: Node<T>): Node<T> {
  node.right = right.left;
  right.left = updated(node);
  return updated(right);
}

/** All of `left` lies before all of `right`. */
function merged<T>(left: Node<T> | null, right: Node<T> | null): Node<T> | null {
  if (left === null || right === null) {
    return left ?? right;
  }
  if (left.priority > right.priority) {
    left.right = merged(left.right, right);
    return updated(left);
  }
  right.left = merged(left, right.left);
  return updated(right);
}

function updated<T>(node: Node<T>): Node<T> {
  node.maxUpper = node.upper;
  for (const child of [node.left, node.right]) {
    if (child !== null && compareBytes(child.maxUpper, node.maxUpper) > 0) {
      node.maxUpper = child.maxUpper;
    }
  }
  return node;
}
