import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Modules } from "../engine/functions/FunctionRegistry.ts";

const MODULE_FILE = /^[^.#\s]+\.(?:js|mjs|cjs|ts|mts|cts|jsx|tsx)$/;

/**
 * Loads every module of a Convex functions folder, subfolders included, under the path that names its
 * functions: `dir/mod.ts` becomes "dir/mod.js". Skipped, as by Convex's own bundler: `_generated`,
 * dot-files, and names with a `#`, a space or more than one dot.
 */
export async function loadFunctions(directory: string): Promise<Modules> {
  const modules = new Map<string, Readonly<Record<string, unknown>>>();
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(directory, file).split(sep).join("/");
    if (entry.isFile() && MODULE_FILE.test(entry.name) && !path.startsWith("_generated/")) {
      const namespace: unknown = await import(pathToFileURL(file).href);
      modules.set(path.replace(/\.[cm]?[jt]sx?$/, ".js"), namespace as Record<string, unknown>);
    }
  }
  return modules;
}
