import { type Engine, INSIDER } from "../../src/engine/Engine.ts";
import type { Audited, Deployment } from "../../src/internal/audit/deployment.ts";
import { signDelivery } from "../../src/stripe/signDelivery.ts";

/** Deliveries that are on their way together. */
const CONCURRENT = 64;

const EVENTS_PER_SUBSCRIPTION = 20;

/** A gateway in this process, without HTTP: its routes take deliveries, and it can be audited. */
export class GatewayInProcess implements Deployment {
  /** What its deliveries are signed with. */
  static readonly secret = "whsec_benchOnly0123456789abcdef";
  readonly #engine: Engine;
  readonly #planIds = new Map<number, unknown>();
  /** Events made for {@link takeInAbout}. */
  #made = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async query<Name extends keyof Audited>(name: Name, args: object): Promise<Audited[Name]> {
    return (await this.call(name, args)) as Audited[Name];
  }

  /** Takes in `count` events about subscriptions, each of which belongs to a plan of its own. */
  async takeIn(count: number, onProgress: (done: number, total: number) => void): Promise<void> {
    const plans: unknown[] = [];
    for (let number = 0; number < Math.ceil(count / EVENTS_PER_SUBSCRIPTION); number++) {
      plans.push(await this.call("plans:open", { ownerId: `owner ${number}` }));
    }
    for (let first = 0; first < count; first += CONCURRENT) {
      const numbers = Array.from(
        { length: Math.min(CONCURRENT, count - first) },
        (_, i) => first + i,
      );
      await Promise.all(
        numbers.map((number) => {
          const place = number % plans.length;
          return this.#deliver(eventAbout(number, place, plans[place]));
        }),
      );
      onProgress(first + numbers.length, count);
    }
  }

  /** Takes in the next event about one subscription, whose plan is opened with its first. */
  async takeInAbout(place: number): Promise<void> {
    const planId =
      this.#planIds.get(place) ?? (await this.call("plans:open", { ownerId: `owner of ${place}` }));
    this.#planIds.set(place, planId);
    await this.#deliver(eventAbout(this.#made++, place, planId));
  }

  /** Takes in the next `count` events about `places` subscriptions in turns. */
  async takeInNext(count: number, places: number): Promise<void> {
    for (let first = 0; first < count; first += CONCURRENT) {
      const size = Math.min(CONCURRENT, count - first);
      await Promise.all(
        Array.from({ length: size }, (_, i) => this.takeInAbout((first + i) % places)),
      );
    }
  }

  /** Calls a function as the gateway's own may. */
  async call(path: string, args: object): Promise<unknown> {
    const { valueText } = await this.#engine.call(path, "any", args as never, INSIDER);
    return JSON.parse(valueText);
  }

  async #deliver(event: object): Promise<void> {
    const body = JSON.stringify(event);
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    const signature = signDelivery({ body, secret: GatewayInProcess.secret, timestampSeconds });
    const request = new Request("http://localhost/stripe/webhook", {
      method: "POST",
      headers: { "stripe-signature": signature },
      body,
    });
    const { status } = await this.#engine.handleHttp(request, null);
    if (status !== 200) {
      throw new Error(`a delivery was answered with ${status}`);
    }
  }
}

/** The parts of a real event that Tollgate reads, and about as many bytes besides. */
function eventAbout(number: number, place: number, planId: unknown): object {
  const statuses = ["active", "past_due", "active", "unpaid"];
  const price = { id: "price_1", object: "price", lookup_key: "professional_monthly" };
  const item = { id: `si_${place}`, quantity: 1, price };
  return {
    id: `evt_bench_${number}`,
    object: "event",
    api_version: "2026-10-28.endive",
    created: 1_793_491_200 + number * 60,
    livemode: false,
    type: "customer.subscription.updated",
    data: {
      object: {
        id: `sub_${place}`,
        object: "subscription",
        customer: `cus_${place}`,
        description: "x".repeat(1_500),
        status: statuses[number % statuses.length],
        metadata: { planId },
        items: { object: "list", has_more: false, data: [item] },
      },
    },
  };
}
