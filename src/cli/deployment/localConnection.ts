import type { Config } from "../../hosts/node/config.ts";
import { type LocalDeployment, openLocalDeployment } from "../../hosts/node/localDeployment.ts";
import { FunctionFailedError } from "../../internal/audit/deployment.ts";
import type { Finding } from "../../internal/audit/finding.ts";
import { type Connection, UnreachableError } from "./Connection.ts";
import type { Caller } from "./connect.ts";
import { operatorActionsOf } from "./operatorActionsOf.ts";

/** A data directory that no gateway uses. @throws UnreachableError */
export function localConnection(config: Config, caller?: Caller): Connection {
  const deployment = orUnreachable(() => openLocalDeployment(config, caller));
  const orFailed = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const { data, code, message } = error as Error & {
        data?: { code?: string; message?: string };
        code?: string;
      };
      throw new FunctionFailedError(data?.message ?? message, data?.code ?? code ?? null);
    }
  };
  const call = (path: string, args: object) => orFailed(deployment.call(path, args));
  const { keys } = deployment;
  return {
    name: deployment.databaseFile,
    running: null,
    call,
    query: async (name, args) => (await call(name, args)) as never,
    keys: {
      list: () => orFailed(keys.list()),
      create: (name, role) => orFailed(keys.create(name, role)),
      rotate: (name, seconds) => orFailed(keys.rotate(name, seconds)),
      revoke: (name) => orFailed(keys.revoke(name)),
    },
    operatorActions: (limit) => operatorActionsOf(call, limit),
    fileFindings: () => orUnreachable(() => findingsOf(deployment)),
    close: () => deployment.close(),
  };
}

function findingsOf(deployment: LocalDeployment): Finding[] {
  return [...deployment.flaws()].map(({ table, id, kind }) =>
    kind === "keys"
      ? { code: "row_keys_differ", table, id, message: "is found under keys that are not its own." }
      : { code: "row_unreadable", table, id, message: "is not as the engine writes documents." },
  );
}

function orUnreachable<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const hint =
      code === "store_in_use"
        ? ". To work with the gateway that runs, give its address: --url, and --admin-key"
        : "";
    throw new UnreachableError(`${message}${hint}`, { cause: error });
  }
}
