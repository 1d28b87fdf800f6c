import type { Modules } from "../engine/functions/FunctionRegistry.ts";

/** What `import.meta.glob("./**\/*.*s")` gives: how to load each file of a functions folder. */
export type ModuleLoaders = Readonly<Record<string, () => Promise<unknown>>>;

/**
 * Loads a functions folder from its loaders. Left out, as by Convex's bundler: `_generated`, and names
 * with more than one dot, such as those of tests; and the schema, which is the test's to name.
 *
 * @throws Error when no path leads through `_generated`: that folder tells where the root is
 */
export async function loadTestModules(loaders: ModuleLoaders): Promise<Modules> {
  const root = findRoot(Object.keys(loaders));
  const modules = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [path, load] of Object.entries(loaders)) {
    const name = path.slice(root.length);
    if (path.startsWith(root) && MODULE_NAME.test(name) && !name.startsWith("_generated/")) {
      modules.set(name.replace(/\.[cm]?[jt]sx?$/, ".js"), (await load()) as never);
    }
  }
  return withoutSchema(modules);
}

/** All but the schema, which a test names itself. */
export function withoutSchema(modules: Modules): Modules {
  const kept = new Map(modules);
  kept.delete("schema.js");
  return kept;
}

const MODULE_NAME = /^(?:[^.]+\/)?[^./]+\.[cm]?[jt]sx?$/;

function findRoot(paths: readonly string[]): string {
  const generated = paths.find((path) => path.includes("_generated"));
  if (generated === undefined) {
    throw new Error(
      'Could not find the "_generated" directory. Make sure that your `import.meta.glob` includes its files.',
    );
  }
  return generated.slice(0, generated.indexOf("_generated"));
}
