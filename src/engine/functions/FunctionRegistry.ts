import { EngineError } from "../errors.ts";
import { parseValidator, type Validator } from "../schema/validator.ts";
import { canonicalPath, type FunctionPath, strippedPath } from "./functionPath.ts";

export type FunctionType = "Query" | "Mutation" | "Action";
export type Visibility = "public" | "internal";

/** Who may be answered: clients see public functions only, insiders all. */
export type Audience = "client" | "insider";

/** What `query`, `mutation`, `action` and their internal twins make; known by its properties. */
interface RegisteredExport {
  isQuery?: boolean;
  isMutation?: boolean;
  isAction?: boolean;
  isPublic?: boolean;
  isInternal?: boolean;
  invokeQuery?(argsText: string): Promise<string>;
  invokeMutation?(argsText: string): Promise<string>;
  invokeAction?(requestId: string, argsText: string): Promise<string>;
  exportArgs(): string;
  exportReturns(): string;
  _handler?: Handler;
}

/** What a function's author wrote. */
export type Handler = (ctx: object, args: unknown) => unknown;

/** One callable function of the hosted folder. */
export interface HostedFunction {
  path: FunctionPath;
  /** The canonical spelling of its path. */
  name: string;
  type: FunctionType;
  visibility: Visibility;
  args: Validator;
  /** Null when the function declared none. */
  returns: Validator | null;
  /** @param argsText JSON text of an array holding the one argument object, in Convex JSON */
  invoke(argsText: string): Promise<string>;
  /** For calls with a `ctx` of the engine's own: queries and mutations, when the package tells. */
  handler: Handler | null;
}

/** Loaded modules by canonical path ("plans.js"); values are module namespaces. */
export type Modules = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** The functions of one deployment, found by path. */
export class FunctionRegistry {
  readonly #functions = new Map<string, HostedFunction>();
  /** What clients may find: an internal function is looked for, and missed, like any that is missing. */
  readonly #publicFunctions = new Map<string, HostedFunction>();
  readonly #moduleNames: ReadonlySet<string>;

  constructor(modules: Modules) {
    this.#moduleNames = new Set(modules.keys());
    for (const [module, namespace] of modules) {
      for (const [functionName, exported] of Object.entries(namespace)) {
        const hosted = hostedFunction({ module, functionName }, exported);
        if (hosted !== null) {
          this.#functions.set(hosted.name, hosted);
          if (hosted.visibility === "public") {
            this.#publicFunctions.set(hosted.name, hosted);
          }
        }
      }
    }
  }

  all(): IterableIterator<HostedFunction> {
    return this.#functions.values();
  }

  /** The function at a path, whoever asks. */
  lookup(path: FunctionPath): HostedFunction | undefined {
    return this.#functions.get(canonicalPath(path));
  }

  hasModule(module: string): boolean {
    return this.#moduleNames.has(module);
  }

  /**
   * The function at a path, for somebody who wants a certain type.
   *
   * For clients an internal function does not exist: same code path, same text.
   *
   * @throws EngineError FunctionNotFound, WrongFunctionType
   */
  find(path: FunctionPath, audience: Audience, wanted: FunctionType | "any"): HostedFunction {
    const functions = audience === "insider" ? this.#functions : this.#publicFunctions;
    const found = functions.get(canonicalPath(path));
    if (found === undefined) {
      throw new EngineError("FunctionNotFound", notFoundText(path, audience, wanted));
    }
    if (wanted !== "any" && found.type !== wanted) {
      throw new EngineError(
        "WrongFunctionType",
        `Trying to execute ${canonicalPath(path)} as ${wanted}, but it is defined as ${found.type}.`,
      );
    }
    return found;
  }
}

function notFoundText(
  path: FunctionPath,
  audience: Audience,
  wanted: FunctionType | "any",
): string {
  const name = strippedPath(path);
  return audience === "client" && wanted !== "any"
    ? `Could not find public function for '${name}'.`
    : `Could not find function for '${name}'. Did you forget to run \`npx convex dev\`?`;
}

function hostedFunction(path: FunctionPath, exported: unknown): HostedFunction | null {
  if (typeof exported !== "function") {
    return null;
  }
  const registered = exported as unknown as RegisteredExport;
  const { isPublic, isInternal } = registered;
  const callable = callableOf(registered);
  if (callable === null || isPublic === isInternal) {
    return null;
  }
  const returns: unknown = JSON.parse(registered.exportReturns());
  return {
    path,
    name: canonicalPath(path),
    type: callable.type,
    visibility: isPublic ? "public" : "internal",
    args: parseValidator(JSON.parse(registered.exportArgs())),
    returns: returns === null ? null : parseValidator(returns),
    invoke: callable.invoke,
    handler: callable.type === "Action" ? null : (registered._handler ?? null),
  };
}

function callableOf(
  registered: RegisteredExport,
): { type: FunctionType; invoke: HostedFunction["invoke"] } | null {
  const { invokeQuery, invokeMutation, invokeAction } = registered;
  if (registered.isQuery && invokeQuery !== undefined) {
    return { type: "Query", invoke: invokeQuery };
  }
  if (registered.isMutation && invokeMutation !== undefined) {
    return { type: "Mutation", invoke: invokeMutation };
  }
  if (registered.isAction && invokeAction !== undefined) {
    return { type: "Action", invoke: (argsText) => invokeAction("", argsText) };
  }
  return null;
}
