import type { JsonObject } from "../../fixtures/stripe.ts";
import { formerValues } from "./formerValues.ts";
import type { Random } from "./random.ts";

/** Stands in every object for the plan that it is for. */
export const PLAN_PLACEHOLDER = "PLAN";

/** What happened so far, as Stripe would tell it. */
export class Journal {
  /** In the order in which they happened. Their ids say nothing about it. */
  readonly events: JsonObject[] = [];
  /** How often each kind of transition was met. */
  readonly transitions = new Map<string, number>();
  nowSeconds: number;
  readonly #name: string;
  readonly #random: Random;
  #lastNumber = 0;

  /** @param name tells the ids of this history from those of others */
  constructor(name: string, startSeconds: number, random: Random) {
    this.#name = name;
    this.nowSeconds = startSeconds;
    this.#random = random;
  }

  newId(prefix: string): string {
    this.#lastNumber += 1;
    return `${prefix}_${this.#name}_${this.#lastNumber}`;
  }

  /** @param before the object as it was, for an event that shows a change */
  tell(type: string, object: JsonObject, before: JsonObject | null = null): void {
    const salt = this.#random.below(1_000_000);
    this.events.push({
      id: `evt_${salt}_${this.newId("e")}`,
      object: "event",
      api_version: "2026-10-28.endive",
      created: this.nowSeconds,
      livemode: false,
      type,
      data: {
        object,
        ...(before !== null && { previous_attributes: formerValues(before, object) }),
      },
    });
  }

  note(transition: string): void {
    this.transitions.set(transition, (this.transitions.get(transition) ?? 0) + 1);
  }
}
