import { expect, test } from "vitest";
import {
  systemAsyncContext,
  systemClock,
  systemRandom,
  systemTimer,
} from "../../src/hosts/node/systemPorts.ts";

const MONTH_MS = 30 * 24 * 60 * 60 * 1_000;

test("the clock tells milliseconds since 1970", () => {
  expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1_000);
});

test("randomness fills the given bytes, more than one call to the system may hold, and returns them", () => {
  const bytes = new Uint8Array(200_000);
  expect(systemRandom.fill(bytes)).toBe(bytes);
  expect(new Set(bytes).size).toBe(256);
  expect(systemRandom.fill(new Uint8Array(16))).not.toEqual(systemRandom.fill(new Uint8Array(16)));
});

test("nextTurn runs after the microtasks that are due, those they start included", async () => {
  const order: string[] = [];
  const turn = new Promise<void>((resolve) => {
    systemTimer.nextTurn(() => {
      order.push("turn");
      resolve();
    });
  });
  queueMicrotask(() => {
    order.push("microtask");
    queueMicrotask(() => order.push("microtask of a microtask"));
  });
  await turn;
  expect(order).toEqual(["microtask", "microtask of a microtask", "turn"]);
});

test("after runs once when its delay is over", async () => {
  const startMs = performance.now();
  await new Promise<void>((resolve) => systemTimer.after(30, resolve));
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(29);
});

test("a cancelled callback never runs, and cancelling late or twice is harmless", async () => {
  const ran: string[] = [];
  const cancels = [
    systemTimer.nextTurn(() => ran.push("turn")),
    systemTimer.after(1, () => ran.push("after")),
  ];
  for (const cancel of [...cancels, ...cancels]) {
    cancel();
  }
  const cancelLate = systemTimer.after(1, () => ran.push("kept"));
  await new Promise((resolve) => setTimeout(resolve, 30));
  cancelLate();
  expect(ran).toEqual(["kept"]);
});

test("a delay longer than setTimeout can hold does not run at once, and can be cancelled", async () => {
  let ran = false;
  const cancel = systemTimer.after(MONTH_MS, () => {
    ran = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  cancel();
  expect(ran).toBe(false);
});

test("a context follows its callback through awaits and shows nowhere else", async () => {
  const context = systemAsyncContext<string>();
  const other = systemAsyncContext<string>();
  const seen = (value: string) =>
    context.run(value, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return [context.getStore(), other.getStore()];
    });
  expect(await Promise.all([seen("a"), seen("b")])).toEqual([
    ["a", undefined],
    ["b", undefined],
  ]);
  expect(context.getStore()).toBeUndefined();
});
