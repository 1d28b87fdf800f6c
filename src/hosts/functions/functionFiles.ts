import { type Dirent, existsSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FunctionsFolderError } from "./FunctionsFolderError.ts";

/** One module of a functions folder. */
export interface FunctionFile {
  /** Absolute. */
  readonly file: string;
  /** Relative to the folder, with `/`: "dir/mod.ts". */
  readonly path: string;
  /** The path that names its functions: "dir/mod.js". */
  readonly module: string;
  /** Whether it begins with the directive `"use node"`: it may then hold actions only. */
  readonly usesNode: boolean;
}

/**
 * The modules of a Convex functions folder, sorted by name, subfolders included. Which files are modules
 * is Convex's rule (its bundler's entry points): JavaScript and TypeScript files, except those in
 * `_generated/`, dot-files, names with a `#` or more than one dot, paths with a space, folders that hold
 * a `convex.config.ts`, and TypeScript files without any import or export. `schema` and `auth.config` at
 * the top, which Convex reads separately, are in the list. `node_modules` is skipped.
 *
 * @throws FunctionsFolderError when there is no such folder, no module in it, or a module in a place or
 *   with a name that Convex refuses
 */
export async function functionFiles(directory: string): Promise<FunctionFile[]> {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new FunctionsFolderError(directory, ["there is no such folder"]);
  }
  const paths = await modulePaths(directory, "");
  const files: FunctionFile[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    const file = join(directory, path);
    const text = await readFile(file, "utf8");
    if (!/\.tsx?$/.test(path) || /^\s{0,100}(import|export)/m.test(text)) {
      const module = path.replace(EXTENSION, ".js");
      const usesNode = USE_NODE.test(text);
      const twin = files.find((other) => other.module === module);
      const problem =
        twin === undefined
          ? placeProblem(module, usesNode)
          : `names the same module as ${twin.path}`;
      files.push({ file, path, module, usesNode });
      problems.push(...(problem === null ? [] : [`${path} ${problem}`]));
    }
  }
  if (files.length === 0) {
    problems.push("there are no functions in it: no JavaScript or TypeScript module");
  }
  if (problems.length > 0) {
    throw new FunctionsFolderError(directory, problems);
  }
  return files;
}

const EXTENSION = /\.[cm]?[jt]sx?$/;

/** One dot, at the extension. */
const MODULE_FILE = /^[^.#\s]+\.(?:js|mjs|cjs|ts|mts|cts|jsx|tsx)$/;

/** Two dots, and yet read: the list of auth providers. */
const AUTH_CONFIG = /^auth\.config\.(?:js|mjs|ts|mts)$/;

/** Convex: these run in its own runtime only. */
const NEVER_NODE = ["http.js", "crons.js", "schema.js", "auth.config.js"];

/** Convex: folders that functions may not live in. */
const RESERVED = ["_deps", "_system"];

const MAX_COMPONENT_LENGTH = 64;

/** A directive stands before every statement; comments and other directives may come first. */
const USE_NODE =
  /^(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?:"[^"\n]*"|'[^'\n]*')\s*;?)*?["']use node["']/;

async function modulePaths(directory: string, prefix: string): Promise<string[]> {
  const paths: string[] = [];
  const entries = await readdir(join(directory, prefix), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) {
      if (!isSkippedFolder(directory, path, entry.name)) {
        paths.push(...(await modulePaths(directory, `${path}/`)));
      }
    } else if (isModule(path, entry) && statSync(join(directory, path)).isFile()) {
      paths.push(path);
    }
  }
  return paths;
}

function isSkippedFolder(directory: string, path: string, name: string): boolean {
  return (
    path === "_generated" ||
    name === "node_modules" ||
    name.includes(" ") ||
    existsSync(join(directory, path, "convex.config.ts"))
  );
}

function isModule(path: string, { name }: Dirent): boolean {
  if (AUTH_CONFIG.test(path)) {
    return true;
  }
  const isNestedSchema = path !== name && /^schema\.[jt]s$/.test(name);
  return MODULE_FILE.test(name) && !isNestedSchema;
}

function placeProblem(module: string, usesNode: boolean): string | null {
  const components = module.split("/");
  const reserved = RESERVED.find((name) => name === components[0] && components.length > 1);
  if (reserved !== undefined) {
    return `is within the "${reserved}" directory, which is reserved`;
  }
  if (usesNode && NEVER_NODE.includes(module)) {
    return 'may not have the "use node" directive';
  }
  for (const component of components) {
    if (!/^[a-zA-Z0-9_.]+$/.test(component) || !/[a-zA-Z0-9]/.test(component)) {
      return `cannot be called: Path component ${component} can only contain alphanumeric characters, underscores, or periods.`;
    }
    if (component.length > MAX_COMPONENT_LENGTH) {
      return `cannot be called: Path component is too long (${component.length} > maximum ${MAX_COMPONENT_LENGTH})`;
    }
  }
  return null;
}
