import type { Connection } from "./Connection.ts";

/** A function, or the route of an HTTP action. */
export interface FunctionSpec {
  functionType: string;
  identifier?: string;
  visibility?: { kind: string };
  method?: string;
  path?: string;
}

/** Every function and route of a deployment. @throws as `Connection.call` */
export async function functionSpecs({ call }: Connection): Promise<FunctionSpec[]> {
  return (await call("_system/cli/modules:apiSpec", {})) as FunctionSpec[];
}

/** The names of its functions, as `run` takes them. @throws as `Connection.call` */
export async function functionNames(connection: Connection): Promise<string[]> {
  const specs = await functionSpecs(connection);
  return specs.flatMap(({ identifier }) => identifier?.replace(".js:", ":") ?? []);
}
