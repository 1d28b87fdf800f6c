import {
  internalActionGeneric,
  internalMutationGeneric,
  internalQueryGeneric,
} from "convex/server";
import { v } from "convex/values";
import type { FunctionType } from "../engine/functions/FunctionRegistry.ts";

/** Takes the ctx of its kind. */
export type InlineHandler = (ctx: never) => unknown;

const MODULE = "_inline";

/**
 * Lets an engine run functions that live in a test: a module of its own, whose three functions run the
 * handler that their argument names.
 */
export class InlineFunctions {
  readonly #handlers = new Map<string, InlineHandler>();
  #nextTicket = 0;

  /** To be hosted beside the test's own modules. */
  readonly modulePath = `${MODULE}.js`;
  readonly module: Readonly<Record<string, unknown>> = {
    Query: internalQueryGeneric({ args: TICKET, handler: (ctx, args) => this.#run(ctx, args) }),
    Mutation: internalMutationGeneric({
      args: TICKET,
      handler: (ctx, args) => this.#run(ctx, args),
    }),
    Action: internalActionGeneric({ args: TICKET, handler: (ctx, args) => this.#run(ctx, args) }),
  };

  /** Makes `handler` callable for as long as `call` takes. */
  async with<T>(
    type: FunctionType,
    handler: InlineHandler,
    call: (path: string, args: { ticket: string }) => Promise<T>,
  ): Promise<T> {
    const ticket = String(this.#nextTicket++);
    this.#handlers.set(ticket, handler);
    try {
      return await call(`${MODULE}:${type}`, { ticket });
    } finally {
      this.#handlers.delete(ticket);
    }
  }

  #run(ctx: unknown, { ticket }: { ticket: string }): unknown {
    const handler = this.#handlers.get(ticket);
    if (handler === undefined) {
      throw new Error("An inline function can't be called after its test has gone on.");
    }
    return handler(ctx as never);
  }
}

const TICKET = { ticket: v.string() };
