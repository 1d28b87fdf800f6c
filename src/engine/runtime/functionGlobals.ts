import type { FunctionExecution } from "./FunctionExecution.ts";
import { patchConsole } from "./functionConsole.ts";
import { GlobalPatches } from "./GlobalPatches.ts";

/** The function that the calling code belongs to, or null outside of all functions. */
export type CurrentExecution = () => FunctionExecution | null;

/**
 * Gives functions Convex's globals, for as long as one of them runs and only to its own code:
 *
 * - In queries and mutations `Date` stands still, `Math.random` is seeded anew for each run,
 *   `performance.now` stands still in queries, and `crypto` draws from the engine's randomness.
 *   `fetch`, timers and whatever makes keys are refused with Convex's text.
 * - In every function `console` writes log lines and nothing else.
 *
 * Everybody else (the host, the engine, actions as to time and network) keeps the globals as they were.
 * Installing twice changes nothing; what has been replaced since, by fake timers say, is patched again.
 *
 * Not covered: what a function imports from its host (`node:timers`, `node:crypto`), dynamic `import()`.
 *
 * @returns puts back what this call replaced
 */
export function installFunctionGlobals(current: CurrentExecution): () => void {
  const patches = new GlobalPatches();
  const deterministic: CurrentExecution = () => {
    const execution = current();
    return execution?.isDeterministic ? execution : null;
  };
  patchDate(patches, deterministic);
  patchMath(patches, deterministic);
  patchPerformance(patches, deterministic);
  patchNetworkAndTimers(patches, deterministic);
  patchCrypto(patches, deterministic);
  patchConsole(patches, current);
  return () => patches.restore();
}

function patchDate(patches: GlobalPatches, deterministic: CurrentExecution): void {
  patches.replace(globalThis, "Date", (real: DateConstructor) => {
    const now = () => deterministic()?.startedAtMs ?? real.now();
    const patched = function (...values: unknown[]): unknown {
      if (new.target === undefined) {
        return new real(now()).toString();
      }
      return Reflect.construct(real, values.length === 0 ? [now()] : values, new.target);
    };
    Object.defineProperties(patched, {
      ...Object.getOwnPropertyDescriptors(real),
      now: { value: now, writable: true, enumerable: false, configurable: true },
    });
    return patched as unknown as DateConstructor;
  });
  const { Date: patched } = globalThis;
  const prototype = patched.prototype as unknown as { constructor: unknown };
  patches.replace(prototype, "constructor", () => patched);
}

function patchMath(patches: GlobalPatches, deterministic: CurrentExecution): void {
  patches.replace(Math, "random", (real) => () => deterministic()?.nextNumber() ?? real());
}

function patchPerformance(patches: GlobalPatches, deterministic: CurrentExecution): void {
  const { performance } = globalThis;
  patches.replace(performance, "now", (real) => () => {
    const execution = deterministic();
    return execution?.type === "Query"
      ? Math.max(0, execution.startedAtMs - performance.timeOrigin)
      : real.call(performance);
  });
}

function patchNetworkAndTimers(patches: GlobalPatches, deterministic: CurrentExecution): void {
  patches.replace(
    globalThis,
    "fetch",
    (real) =>
      (...request) =>
        deterministic() === null ? real(...request) : Promise.reject(notAllowed("fetch()")),
  );
  // `setImmediate` is Node's own: Convex does not have it.
  for (const name of ["setTimeout", "setInterval", "setImmediate"]) {
    patches.replace(globalThis as unknown as Record<string, Callable>, name, (real) => {
      const patched = (...call: unknown[]): unknown => {
        if (deterministic() !== null) {
          throw notAllowed(name);
        }
        return real(...call);
      };
      // What Node hangs on its timers (`util.promisify.custom`) stays there.
      return Object.defineProperties(patched, Object.getOwnPropertyDescriptors(real));
    });
  }
}

type Callable = (...values: unknown[]) => unknown;

function patchCrypto(patches: GlobalPatches, deterministic: CurrentExecution): void {
  const { crypto } = globalThis;
  patches.replace(crypto, "getRandomValues", (real) => (values) => {
    const filled = real.call(crypto, values as never);
    const { buffer, byteOffset, byteLength } = filled as ArrayBufferView<ArrayBuffer>;
    deterministic()?.fill(new Uint8Array(buffer, byteOffset, byteLength));
    return filled as never;
  });
  patches.replace(crypto, "randomUUID", (real) => () => {
    const execution = deterministic();
    return execution === null ? real.call(crypto) : uuid(execution.fill(new Uint8Array(16)));
  });
  const subtle = crypto.subtle as unknown as Record<string, Callable>;
  for (const method of SUBTLE_METHODS) {
    patches.replace(subtle, method, (real) => (...call) => {
      const execution = deterministic();
      if (execution === null) {
        return real.apply(subtle, call);
      }
      return drawsRandomness(method, call[0])
        ? Promise.reject(notAllowed("cryptographic randomness"))
        : execution.awaitingHost(real.apply(subtle, call) as Promise<unknown>);
    });
  }
}

const SUBTLE_METHODS = [
  ...["digest", "sign", "verify", "encrypt", "decrypt", "deriveBits", "deriveKey"],
  ...["importKey", "exportKey", "wrapKey", "unwrapKey", "generateKey"],
];

/** What convex-backend needs the system's randomness for, which it keeps from queries and mutations. */
function drawsRandomness(method: string, algorithm: unknown): boolean {
  const name = typeof algorithm === "string" ? algorithm : (algorithm as { name?: unknown })?.name;
  const used = `${method} ${String(name).toUpperCase()}`;
  return (
    method === "generateKey" || ["encrypt RSA-OAEP", "sign ECDSA", "sign RSA-PSS"].includes(used)
  );
}

/** A version 4 UUID (RFC 9562) of these 16 random bytes. */
function uuid(bytes: Uint8Array): `${string}-${string}-${string}-${string}-${string}` {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function notAllowed(description: string): Error {
  return new Error(
    `Can't use ${description} in queries and mutations. Please consider using an action. See https://docs.convex.dev/functions/actions for more details.`,
  );
}
