import type { Config } from "../../hosts/node/config.ts";
import { type LocalDeployment, openLocalDeployment } from "../../hosts/node/localDeployment.ts";
import { FunctionFailedError } from "../../internal/audit/deployment.ts";
import type { Finding } from "../../internal/audit/finding.ts";
import { type Connection, UnreachableError } from "./Connection.ts";

/** A data directory that no gateway uses. @throws UnreachableError */
export function localConnection(config: Config): Connection {
  const deployment = orUnreachable(() => openLocalDeployment(config));
  const call = async (path: string, args: object): Promise<unknown> => {
    try {
      return await deployment.call(path, args);
    } catch (error) {
      const { code } = ((error as { data?: unknown }).data ?? {}) as { code?: string };
      throw new FunctionFailedError((error as Error).message, code ?? null);
    }
  };
  return {
    name: deployment.databaseFile,
    isShared: false,
    call,
    query: async (name, args) => (await call(name, args)) as never,
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
