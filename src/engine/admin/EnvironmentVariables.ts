import { RequestError } from "../errors.ts";
import {
  MAX_ENVIRONMENT_VARIABLE_NAME_CHARACTERS,
  MAX_ENVIRONMENT_VARIABLE_VALUE_BYTES,
  MAX_ENVIRONMENT_VARIABLES,
  MAX_ENVIRONMENT_VARIABLES_BYTES,
} from "../limits.ts";
import type { Clock, Environment } from "../ports.ts";
import type { Writer } from "../runtime/Writer.ts";
import type { DocumentStore } from "../storage/DocumentStore.ts";
import { ENVIRONMENT_VARIABLES } from "../storage/systemTables.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { Operator } from "./Operator.ts";
import { recordOperatorAction } from "./operatorActions.ts";
import { showStoredVariables } from "./showStoredVariables.ts";

/** Sets a variable, or removes it. */
export interface EnvironmentVariableChange {
  name: string;
  /** `null` removes. */
  value: string | null;
}

/**
 * The deployment's environment variables: kept in the system table `_environment_variables` and shown to
 * functions through the host's {@link Environment}. Names that the host reserves, and those that the
 * process brought with it, cannot be set; one that was stored before the host reserved it stays stored
 * and without effect.
 */
export class EnvironmentVariables {
  readonly #writer: Pick<Writer, "run">;
  readonly #environment: Environment;
  readonly #clock: Clock;
  /** What functions see of the table. */
  readonly #shown: Map<string, string>;

  constructor(options: {
    documents: DocumentStore;
    writer: Pick<Writer, "run">;
    environment: Environment;
    clock: Clock;
  }) {
    this.#writer = options.writer;
    this.#clock = options.clock;
    this.#environment = options.environment;
    this.#shown = showStoredVariables(options.documents, options.environment);
  }

  /**
   * Makes all changes or none. When it resolves they are durable, and every function that starts
   * afterwards sees them. The names, and no value, are recorded as the operator's action.
   *
   * @param operator null: the host itself
   * @throws RequestError 400 with Convex's codes: EnvironmentVariableNameInvalid,
   *   EnvironmentVariableNameTooLong, EnvironmentVariableValueTooLarge, EnvVarNameForbidden,
   *   EnvVarLimitMet, EnvVarTotalSizeLimitMet
   */
  async update(
    changes: readonly EnvironmentVariableChange[],
    operator: Operator | null = null,
  ): Promise<void> {
    for (const change of changes) {
      this.#check(change);
    }
    const before = new Map(this.#shown);
    try {
      await this.#writer.run(async (transaction) => {
        for (const change of changes) {
          store(transaction, change);
        }
        checkTotals(transaction);
        if (operator !== null) {
          const action = "set_environment_variables";
          const args = { names: changes.map(({ name }) => name) };
          recordOperatorAction(transaction, { operator, action, args, atMs: this.#clock.nowMs() });
        }
        // Before the commit, since whatever depends on a variable runs again as soon as it is made.
        for (const { name, value } of changes) {
          this.#show(name, value);
        }
      });
    } catch (error) {
      for (const { name } of changes) {
        this.#show(name, before.get(name) ?? null);
      }
      throw error;
    }
  }

  /** Takes what is stored out of the environment: another engine of the process does not see it. */
  hide(): void {
    for (const name of [...this.#shown.keys()]) {
      this.#show(name, null);
    }
  }

  #check({ name, value }: EnvironmentVariableChange): void {
    if (!/^[a-zA-Z_]+[a-zA-Z0-9_]*$/.test(name)) {
      throw new RequestError(
        400,
        "EnvironmentVariableNameInvalid",
        `The environment variable name ${name.slice(0, MAX_ENVIRONMENT_VARIABLE_NAME_CHARACTERS)} is invalid. Environment variable names must begin with a letter and may only include characters a-z, A-Z, 0-9, and underscores.`,
      );
    }
    if (name.length > MAX_ENVIRONMENT_VARIABLE_NAME_CHARACTERS) {
      throw new RequestError(
        400,
        "EnvironmentVariableNameTooLong",
        `The environment variable name ${name.slice(0, MAX_ENVIRONMENT_VARIABLE_NAME_CHARACTERS)} is too long. Environment variable names must be less than ${MAX_ENVIRONMENT_VARIABLE_NAME_CHARACTERS}.`,
      );
    }
    const bytes = value === null ? 0 : byteLength(value);
    if (bytes > MAX_ENVIRONMENT_VARIABLE_VALUE_BYTES) {
      throw new RequestError(
        400,
        "EnvironmentVariableValueTooLarge",
        `The environment variable value is ${bytes} bytes, which is too large. (max size: ${MAX_ENVIRONMENT_VARIABLE_VALUE_BYTES}`,
      );
    }
    if (value !== null && this.#environment.isReserved(name)) {
      throw new RequestError(
        400,
        "EnvVarNameForbidden",
        `Environment variable with name "${name}" is built-in and cannot be overridden`,
      );
    }
  }

  #show(name: string, value: string | null): void {
    if (this.#environment.isReserved(name)) {
      return;
    }
    this.#environment.set(name, value);
    if (value === null) {
      this.#shown.delete(name);
    } else {
      this.#shown.set(name, value);
    }
  }
}

function store(transaction: Transaction, { name, value }: EnvironmentVariableChange): void {
  const found = transaction.system
    .query(ENVIRONMENT_VARIABLES, "by_name", [{ type: "Eq", fieldPath: "name", value: name }])
    .next();
  const id = found?.value._id;
  if (value === null) {
    if (id !== undefined) {
      transaction.system.delete(ENVIRONMENT_VARIABLES, id);
    }
  } else if (id === undefined) {
    transaction.system.insert(ENVIRONMENT_VARIABLES, { name, value });
  } else {
    transaction.system.replace(ENVIRONMENT_VARIABLES, id, { name, value });
  }
}

function checkTotals(transaction: Transaction): void {
  const all = transaction.system.query(ENVIRONMENT_VARIABLES, "by_name", []);
  let count = 0;
  let bytes = 0;
  for (let document = all.next(); document !== null; document = all.next()) {
    count++;
    bytes +=
      byteLength(String(document.value["name"])) + byteLength(String(document.value["value"]));
  }
  if (count > MAX_ENVIRONMENT_VARIABLES) {
    throw new RequestError(
      400,
      "EnvVarLimitMet",
      `The environment variable limit (${MAX_ENVIRONMENT_VARIABLES}) has been met.`,
    );
  }
  if (bytes > MAX_ENVIRONMENT_VARIABLES_BYTES) {
    throw new RequestError(
      400,
      "EnvVarTotalSizeLimitMet",
      `The total size of all environment variables (${bytes} bytes) exceeds the limit (${MAX_ENVIRONMENT_VARIABLES_BYTES} bytes).`,
    );
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
