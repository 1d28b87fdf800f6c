import type { SandboxEvent } from "../formatters/event.ts";
import { SANDBOX_LIMITS } from "../limits.ts";
import type { World } from "../state/World.ts";
import type { Delivery } from "./Delivery.ts";
import type { DeliveryFault } from "./Fault.ts";

/** The enabled webhook endpoints that want events of `type`. */
export function endpointsFor(world: World, type: string): string[] {
  return world.store
    .all("webhookEndpoints")
    .filter(
      ({ status, enabled_events }) =>
        status === "enabled" && (enabled_events.includes("*") || enabled_events.includes(type)),
    )
    .map(({ id }) => id);
}

/** Puts one delivery for each endpoint on its way, each with the next fault that waits for one. */
export function enqueue(world: World, event: SandboxEvent, endpoints: readonly string[]): void {
  for (const endpoint of endpoints) {
    if (world.waitingDeliveries() >= SANDBOX_LIMITS.waitingDeliveries) {
      addDelivery(world, event, endpoint, { status: "dropped", dueMs: null });
      continue;
    }
    const fault = takeFault(world);
    const delaySeconds = fault?.delaySeconds ?? 0;
    const mark: DeliveryFault | null = fault && {
      kind: fault.kind,
      id: fault.id,
      count: fault.count,
    };
    if (fault?.kind === "drop") {
      addDelivery(world, event, endpoint, { status: "dropped", dueMs: null, fault: mark });
      continue;
    }
    addDelivery(world, event, endpoint, {
      dueMs: world.nowMs() + delaySeconds * 1_000,
      fault: mark,
    });
    if (fault?.kind === "duplicate") {
      addDelivery(world, event, endpoint, { isExtra: true, fault: mark });
    }
  }
}

/** Sends an event again, whatever became of it before. Automatic retries go on, as at Stripe. */
export function resend(
  world: World,
  event: SandboxEvent,
  endpoints: readonly string[],
): Delivery[] {
  return endpoints.map((endpoint) => addDelivery(world, event, endpoint, { isExtra: true }));
}

function addDelivery(
  world: World,
  event: SandboxEvent,
  endpoint: string,
  fields: Partial<Delivery>,
): Delivery {
  const delivery: Delivery = {
    id: world.newId("del"),
    event: event.id,
    eventType: event.type,
    endpoint,
    status: "waiting",
    attempts: [],
    dueMs: world.nowMs(),
    isExtra: false,
    fault: null,
    ...fields,
  };
  makeRoom(world);
  world.store.insert("deliveries", delivery);
  return delivery;
}

function makeRoom(world: World): void {
  if (world.store.count("deliveries") < SANDBOX_LIMITS.deliveries) {
    return;
  }
  const finished = world.store.all("deliveries").find(({ status }) => status !== "waiting");
  if (finished !== undefined) {
    world.store.remove("deliveries", finished.id);
  }
}

type TakenFault = {
  kind: DeliveryFault["kind"];
  id: string;
  count: number;
  delaySeconds: number | null;
};

function takeFault(world: World): TakenFault | null {
  for (const fault of world.store.all("faults")) {
    if (fault.kind !== "same_second" && fault.hits < fault.count) {
      world.store.replace("faults", { ...fault, hits: fault.hits + 1 });
      return { ...fault, kind: fault.kind };
    }
  }
  return null;
}
