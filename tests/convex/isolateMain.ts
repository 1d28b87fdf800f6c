/**
 * Reads a push from the file that is its argument, and analyzes it as a Convex deployment does when it
 * takes one: in a context that has what Convex's runtime has and nothing of Node's. Writes what it found as
 * JSON. Wants `--experimental-vm-modules`.
 *
 * What each phase may not do is convex-backend's (`crates/isolate/src/environment/analyze.rs`, `schema.rs`,
 * `auth_config.rs`); the globals are those of its `npm-packages/udf-runtime`.
 */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { type Context, createContext, type Module, runInContext, SourceTextModule } from "node:vm";
import type { Analysis, AnalyzedFunction, ConvexEnvironment } from "./analyzePush.ts";
import type { PushedModule, PushRequest } from "./pushReceiver.ts";

type Exports = Record<string, unknown>;

/** What a deployment evaluates the modules for. */
type Phase = "import" | "auth" | "schema";

interface FunctionObject {
  isQuery?: boolean;
  isMutation?: boolean;
  isAction?: boolean;
  isPublic?: boolean;
  isInternal?: boolean;
  exportArgs(): string;
  exportReturns(): string;
}

const [file = "", environmentText = "{}"] = process.argv.slice(2);
const { appDefinition } = JSON.parse(readFileSync(file, "utf8")) as PushRequest;
const environment = JSON.parse(environmentText) as ConvexEnvironment;
async function analyze(): Promise<Analysis> {
  const { changedModules, schema } = appDefinition;
  const loader = moduleLoader(changedModules, "import");
  const functions: AnalyzedFunction[] = [];
  const loadedMs: Record<string, number> = {};
  for (const { path } of changedModules) {
    if (path.startsWith("_deps/") || path === "auth.config.js") {
      continue;
    }
    const startedAtMs = performance.now();
    const exports = await loader(path);
    loadedMs[path] = performance.now() - startedAtMs;
    functions.push(...functionsOf(path, exports));
  }
  const router = (await loader("http.js"))["default"] as {
    isRouter: boolean;
    getRoutes(): [string, string, { _handler: unknown }][];
  };
  const crons = (await loader("crons.js"))["default"] as { isCrons: boolean; export(): string };
  const auth = await moduleLoader(changedModules, "auth")("auth.config.js");
  const schemaModule = schema as PushedModule;
  const schemaExports = await moduleLoader([schemaModule], "schema")(schemaModule.path);
  return {
    functions,
    loadedMs,
    isRouter: router.isRouter === true,
    routes: router.getRoutes().map(([path, method]) => ({ path, method })),
    isCrons: crons.isCrons === true,
    crons: crons.export(),
    auth: JSON.stringify(auth["default"]),
    schema: (schemaExports["default"] as { export(): string }).export(),
  };
}

function functionsOf(path: string, exports: Exports): AnalyzedFunction[] {
  return Object.entries(exports).flatMap(([name, value]) => {
    const candidate = value as FunctionObject | null | undefined;
    const type =
      candidate?.isQuery === true
        ? "Query"
        : candidate?.isMutation === true
          ? "Mutation"
          : candidate?.isAction === true
            ? "Action"
            : null;
    return type === null || candidate == null
      ? []
      : [
          {
            path: `${path}:${name}`,
            type,
            visibility: candidate.isPublic === true ? "public" : "internal",
            args: candidate.exportArgs(),
            returns: candidate.exportReturns(),
          },
        ];
  });
}

function moduleLoader(
  modules: readonly PushedModule[],
  phase: Phase,
): (path: string) => Promise<Exports> {
  const context = contextOf(phase);
  const sources = new Map(modules.map(({ path, source }) => [path, source]));
  const made = new Map<string, SourceTextModule>();
  const moduleAt = (path: string): SourceTextModule => {
    const known = made.get(path);
    if (known !== undefined) {
      return known;
    }
    const source = sources.get(path);
    if (source === undefined) {
      throw new Error(`${path} is imported and was not pushed`);
    }
    const module = new SourceTextModule(source, {
      context,
      identifier: path,
      importModuleDynamically: () => {
        throw new Error(`${path}: dynamic module import unsupported`);
      },
    });
    made.set(path, module);
    return module;
  };
  const link = (specifier: string, { identifier }: Module) =>
    moduleAt(posix.normalize(posix.join(posix.dirname(identifier), specifier)));
  return async (path) => {
    const module = moduleAt(path);
    if (module.status === "unlinked") {
      await module.link(link);
    }
    await module.evaluate();
    return module.namespace as Exports;
  };
}

/** A context as one phase of a push has it; what the phase may not do throws. */
function contextOf(phase: Phase): Context {
  const refuse = (what: string) => () => {
    throw new Error(`${what} unsupported in the phase ${phase}`);
  };
  const webGlobals = WEB_GLOBALS.map((name) => [name, Reflect.get(globalThis, name)]);
  const globals: Record<string, unknown> = {
    ...Object.fromEntries(webGlobals),
    console: { log: refuse("console"), warn: refuse("console"), error: refuse("console") },
    Convex: {
      syscall: refuse("syscalls"),
      asyncSyscall: refuse("syscalls"),
      jsSyscall: refuse("syscalls"),
    },
    fetch: refuse("fetch"),
    setTimeout: refuse("timers"),
    setInterval: refuse("timers"),
    crypto: {
      subtle: crypto.subtle,
      getRandomValues: refuse("cryptographic randomness"),
      randomUUID: refuse("cryptographic randomness"),
    },
    process: { env: variables(phase) },
    refuse,
  };
  const context = createContext(globals, { codeGeneration: { strings: false, wasm: false } });
  runInContext("globalThis.self = globalThis", context);
  if (phase !== "import") {
    runInContext(
      `Math.random = refuse("Math.random");
       globalThis.Date = new Proxy(Date, { construct: refuse("Date"), apply: refuse("Date") });
       Date.now = refuse("Date");`,
      context,
    );
  }
  return context;
}

/** What Convex's runtime has of the web platform. */
const WEB_GLOBALS = [
  ...["URL", "URLSearchParams", "DOMException", "Event", "EventTarget", "performance"],
  ...["AbortController", "AbortSignal", "ReadableStream", "WritableStream", "TransformStream"],
  ...["TextEncoder", "TextDecoder", "Blob", "File", "Headers", "FormData", "Request", "Response"],
  ...["CryptoKey", "atob", "btoa", "structuredClone"],
];

/** Convex: unset variables read as undefined, but in `auth.config` throw, and in the schema all do. */
function variables(phase: Phase): object {
  return new Proxy(
    {},
    {
      get: (_, key) => {
        if (phase === "schema") {
          throw new Error("Environment variables unsupported when evaluating schema");
        }
        const value = environment[String(key)];
        if (phase === "auth" && value === undefined) {
          throw new Error(
            `Environment variable ${String(key)} is used in auth config file but its value was not set`,
          );
        }
        return value;
      },
    },
  );
}

process.stdout.write(JSON.stringify(await analyze()));
