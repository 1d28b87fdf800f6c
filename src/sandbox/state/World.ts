import { endpointsFor, enqueue } from "../delivery/enqueue.ts";
import { newEvent, type RequestOrigin } from "../formatters/event.ts";
import { SANDBOX_LIMITS } from "../limits.ts";
import type { Clock, Random } from "../ports.ts";
import { resourceMissing } from "../StripeError.ts";
import { previousAttributes } from "./changes.ts";
import { newId } from "./ids.ts";
import type { Store } from "./Store.ts";
import type { JobKind, Settings, TableName, Tables } from "./tables.ts";

/** Stripe's events that carry `previous_attributes`. */
const TELLS_WHAT_CHANGED = /\.updated$|^charge\.refunded$|^charge\.dispute\.closed$/;

const BY_ITSELF: RequestOrigin = { id: null, idempotency_key: null };

/** Fields to change; `undefined` takes away one that may be missing. */
type Patch<T> = {
  [Key in keyof T]?: T[Key] | (Record<never, never> extends Pick<T, Key> ? undefined : never);
};

/**
 * What happens in the sandbox: objects come and change here, and each change that Stripe would tell about
 * becomes an event on its way to the webhook endpoints. Only to be used inside a transaction of the store.
 */
export class World {
  readonly store: Store;
  readonly #clock: Clock;
  readonly #random: Random;
  #origin: RequestOrigin = BY_ITSELF;
  /** Where the clock stands while something that was due happens. */
  #momentSeconds: number | null = null;

  constructor(store: Store, clock: Clock, random: Random) {
    this.store = store;
    this.#clock = clock;
    this.#random = random;
  }

  /** Sandbox time in milliseconds: the wall clock plus what it was moved ahead. */
  nowMs(): number {
    return this.#momentSeconds === null
      ? this.#clock.nowMs() + this.settings().clockOffsetSeconds * 1_000
      : this.#momentSeconds * 1_000;
  }

  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1_000);
  }

  /** Runs `body` as if the sandbox's clock stood at `seconds`, for what happens by itself. */
  at<T>(seconds: number, body: () => T): T {
    this.#momentSeconds = seconds;
    try {
      return body();
    } finally {
      this.#momentSeconds = null;
    }
  }

  /** Runs `body` as the consequence of a request, which its events will name. */
  onBehalfOf<T>(origin: RequestOrigin, body: () => T): T {
    this.#origin = origin;
    try {
      return body();
    } finally {
      this.#origin = BY_ITSELF;
    }
  }

  newId(prefix: string, length?: number): string {
    return newId(this.#random, prefix, length);
  }

  settings(): Settings {
    return (
      this.store.get("settings", "settings") ?? {
        id: "settings",
        afterLastRetry: "canceled",
        retryDays: [3, 5, 7],
        clockOffsetSeconds: 0,
        heldCreatedSeconds: null,
        invoiceNumber: 0,
      }
    );
  }

  changeSettings(patch: Partial<Settings>): Settings {
    const settings = { ...this.settings(), ...patch };
    if (this.store.get("settings", "settings") === undefined) {
      this.store.insert("settings", settings);
    } else {
      this.store.replace("settings", settings);
    }
    return settings;
  }

  /** @throws StripeError `resource_missing`; `noun` is Stripe's word for the object in that text */
  find<Name extends TableName>(
    table: Name,
    id: string,
    noun: string,
    param?: string,
  ): Tables[Name] {
    const object = this.store.get(table, id);
    if (object === undefined) {
      throw resourceMissing(noun, id, param);
    }
    return object;
  }

  /** An object that one of ours refers to. */
  must<Name extends TableName>(table: Name, id: string): Tables[Name] {
    const object = this.store.get(table, id);
    if (object === undefined) {
      throw new Error(`there is no ${id} in ${table}`);
    }
    return object;
  }

  /** Adds an object and, when `eventType` is given, tells about it. */
  insert<Name extends TableName>(
    table: Name,
    object: Tables[Name],
    eventType?: string,
  ): Tables[Name] {
    this.store.insert(table, object);
    if (eventType !== undefined) {
      this.emit(eventType, object);
    }
    return object;
  }

  /**
   * Changes fields of an object. With `eventType` it tells about it; an event about changes, such as
   * `*.updated`, says which, and is not sent when there are none. Returns the object as it is now.
   */
  update<Name extends TableName>(
    table: Name,
    id: string,
    patch: Patch<Tables[Name]>,
    eventType?: string,
  ): Tables[Name] {
    const before = this.must(table, id);
    const after = { ...before, ...patch } as Tables[Name];
    const previous = previousAttributes(before, after);
    if (previous !== null) {
      this.store.replace(table, after);
    }
    if (eventType !== undefined && !TELLS_WHAT_CHANGED.test(eventType)) {
      this.emit(eventType, after);
    } else if (eventType !== undefined && previous !== null) {
      this.emit(eventType, after, previous);
    }
    return after;
  }

  /** Tells about `object` as it is now. */
  emit(type: string, object: object, previous: Record<string, unknown> | null = null): void {
    this.#forgetOldEvents();
    const endpoints = endpointsFor(this, type);
    const event = newEvent({
      id: this.newId("evt"),
      createdSeconds: this.#createdSeconds(),
      type,
      object,
      previous,
      request: this.#origin,
      pendingWebhooks: endpoints.length,
    });
    this.store.insert("events", event);
    enqueue(this, event, endpoints);
  }

  /** Lets something happen by itself at `dueSeconds`. */
  schedule(kind: JobKind, subject: string, dueSeconds: number): void {
    this.store.insert("jobs", { id: this.newId("job"), dueSeconds, kind, subject });
  }

  waitingDeliveries(): number {
    return this.store.all("deliveries").filter(({ status }) => status === "waiting").length;
  }

  /** Now, or the second that a `same_second` fault holds. */
  #createdSeconds(): number {
    const fault = this.store
      .all("faults")
      .find(({ kind, hits, count }) => kind === "same_second" && hits < count);
    if (fault === undefined) {
      return this.nowSeconds();
    }
    const heldSeconds =
      fault.hits === 0
        ? this.nowSeconds()
        : (this.settings().heldCreatedSeconds ?? this.nowSeconds());
    this.store.replace("faults", { ...fault, hits: fault.hits + 1 });
    this.changeSettings({ heldCreatedSeconds: heldSeconds });
    return heldSeconds;
  }

  #forgetOldEvents(): void {
    if (this.store.count("events") >= SANDBOX_LIMITS.events) {
      const [oldest] = this.store.all("events");
      if (oldest !== undefined) {
        this.store.remove("events", oldest.id);
      }
    }
  }
}
