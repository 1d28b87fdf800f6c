import { FunctionError } from "../errors.ts";
import type { HostedFunction } from "../functions/FunctionRegistry.ts";
import { requireWriter } from "../http/requireAdmin.ts";
import type { Clock } from "../ports.ts";
import type { CallResult } from "../runtime/FunctionObserver.ts";
import type { FunctionCall, FunctionRunner } from "../runtime/FunctionRunner.ts";
import type { Writer } from "../runtime/Writer.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { Operator } from "./Operator.ts";
import {
  concludeOperatorAction,
  type OperatorAction,
  recordOperatorAction,
} from "./operatorActions.ts";

/** A larger result is not read for the record. */
const MAX_RECORDED_RESULT_CHARACTERS = 65_536;

/** The system function that shows values of environment variables, which may be secrets. */
const VARIABLES_MODULE = "_system/cli/queryEnvironmentVariables.js";

/**
 * Runs functions for operators. Queries leave no trace. A mutation and its operator action are one commit;
 * one that fails leaves nothing but a row that says so. An action is recorded before it starts.
 */
export class OperatedFunctions {
  readonly #runner: FunctionRunner;
  readonly #writer: Writer;
  readonly #clock: Clock;

  constructor(options: { runner: FunctionRunner; writer: Writer; clock: Clock }) {
    this.#runner = options.runner;
    this.#writer = options.writer;
    this.#clock = options.clock;
  }

  /** @throws as {@link FunctionRunner.run}; RequestError 403 ReadOnlyAdminKey */
  async run(call: FunctionCall, operator: Operator): Promise<CallResult> {
    requirePermission(call.hosted, operator);
    switch (call.hosted.type) {
      case "Query":
        return await this.#runner.run(call);
      case "Mutation":
        return await this.mutate(call, operator, () =>
          this.#writer.run((transaction) => this.mutateIn(transaction, call, operator)),
        );
      case "Action":
        return await this.#act(call, operator);
    }
  }

  /** Runs a mutation in a transaction and records it there. */
  async mutateIn(
    transaction: Transaction,
    call: FunctionCall,
    operator: Operator,
  ): Promise<CallResult> {
    const result = await this.#runner.runIn(transaction, call);
    recordOperatorAction(transaction, {
      ...this.#action(call, operator),
      result: resultOf(result),
    });
    return result;
  }

  /** Runs `work`, which comes to {@link mutateIn}; its failure is recorded. */
  async mutate<T>(call: FunctionCall, operator: Operator, work: () => Promise<T>): Promise<T> {
    requirePermission(call.hosted, operator);
    try {
      return await work();
    } catch (error) {
      if (error instanceof FunctionError) {
        const failed = {
          ...this.#action(call, operator),
          status: "failed",
          result: withoutValues(error),
        } as const;
        await this.#writer.run(async (transaction) => recordOperatorAction(transaction, failed));
      }
      throw error;
    }
  }

  async #act(call: FunctionCall, operator: Operator): Promise<CallResult> {
    const started = { ...this.#action(call, operator), status: "started" } as const;
    const id = await this.#writer.run(async (transaction) =>
      recordOperatorAction(transaction, started),
    );
    const conclude = (status: "succeeded" | "failed", result: unknown) =>
      this.#writer.run(async (transaction) =>
        concludeOperatorAction(transaction, id, status, result),
      );
    try {
      const result = await this.#runner.run(call);
      await conclude("succeeded", resultOf(result));
      return result;
    } catch (error) {
      await conclude("failed", error instanceof Error ? withoutValues(error) : String(error));
      throw error;
    }
  }

  #action({ hosted, args, identity }: FunctionCall, operator: Operator): OperatorAction {
    return {
      operator,
      action: hosted.type === "Action" ? "run_action" : "run_mutation",
      functionPath: hosted.name,
      args,
      actingAs: identity,
      atMs: this.#clock.nowMs(),
    };
  }
}

/** @throws RequestError 403 ReadOnlyAdminKey */
export function requirePermission({ type, path }: HostedFunction, operator: Operator): void {
  if (type !== "Query" || path.module === VARIABLES_MODULE) {
    requireWriter(operator);
  }
}

function resultOf({ valueText }: CallResult): unknown {
  return valueText.length > MAX_RECORDED_RESULT_CHARACTERS
    ? `${valueText.length} characters`
    : JSON.parse(valueText);
}

/** What a refused argument or result looks like stands in the lines after the first. */
function withoutValues({ message }: Error): string {
  return message.split("\n", 1)[0] ?? "";
}
