import { dirname, join, relative, resolve } from "node:path";
import type { Plugin } from "esbuild";

/**
 * Puts the `_generated` files of a functions folder in place for the bundler, whether they are there or
 * not: what they do at run time is the same for every folder, and many people do not keep them in their
 * repository.
 */
export function generatedStandIns(directory: string): Plugin {
  const generated = join(directory, "_generated");
  return {
    name: "generated-stand-ins",
    setup: (build) => {
      build.onResolve({ filter: GENERATED }, ({ path, resolveDir }) => {
        const [, name = ""] = GENERATED.exec(path) ?? [];
        const isRelative = path.startsWith(".");
        // A name that is not relative is an alias for the folder.
        return !isRelative || dirname(resolve(resolveDir, path)) === generated
          ? { path: relative(directory, join(generated, `${name}.js`)), namespace: NAMESPACE }
          : undefined;
      });
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
        contents: STAND_INS[path.slice("_generated/".length)] ?? "",
        resolveDir: directory,
      }));
    },
  };
}

const NAMESPACE = "generated";
const GENERATED = /^(?:.*\/)?_generated\/(api|server|dataModel)(?:\.[cm]?[jt]s)?$/;

const STAND_INS: Record<string, string> = {
  "api.js": `
import { anyApi, componentsGeneric } from "convex/server";
export const api = anyApi;
export const internal = anyApi;
export const components = componentsGeneric();
`,
  "server.js": `
export {
  queryGeneric as query, mutationGeneric as mutation, actionGeneric as action,
  internalQueryGeneric as internalQuery, internalMutationGeneric as internalMutation,
  internalActionGeneric as internalAction, httpActionGeneric as httpAction,
} from "convex/server";
export const env = globalThis.process.env;
`,
  "dataModel.js": "",
};
