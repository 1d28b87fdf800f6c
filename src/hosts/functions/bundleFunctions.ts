import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildFailure, BuildOptions, Message } from "esbuild";
import type { Modules } from "../../engine/functions/FunctionRegistry.ts";
import { FunctionsFolderError } from "./FunctionsFolderError.ts";
import { type FunctionFile, functionFiles } from "./functionFiles.ts";
import { generatedStandIns } from "./generatedStandIns.ts";

/** Where a folder without packages of its own finds `convex`. */
const OWN_PACKAGES = join(import.meta.dirname, "../../../node_modules");

/**
 * Loads any folder of Convex functions: bundles its modules with the options of Convex's own bundler
 * (esbuild; extensionless imports, TypeScript of every kind, JSX, packages, JSON) and imports the
 * result. Files with `"use node"` are bundled for Node. `_generated` need not exist.
 *
 * @param buildDirectory for the bundle; emptied first. It must stay while the functions run: parts of it
 *   are imported when they are needed.
 * @returns the modules by the path that names their functions. Their stack traces name the folder's
 *   files, for which source maps are switched on in this process.
 * @throws FunctionsFolderError naming each file that cannot be hosted, with the place and the reason
 */
export async function bundleFunctions(directory: string, buildDirectory: string): Promise<Modules> {
  const folder = resolve(directory);
  const files = await functionFiles(folder);
  await rm(buildDirectory, { recursive: true, force: true });
  await mkdir(buildDirectory, { recursive: true });
  // A name of its own each time: Node never loads the same file twice.
  const output = await mkdtemp(join(resolve(buildDirectory), "build-"));
  await bundle(folder, output, files);
  process.setSourceMapsEnabled(true);
  const modules = new Map<string, Readonly<Record<string, unknown>>>();
  const problems: string[] = [];
  for (const { path, module, usesNode } of files) {
    try {
      const namespace = await importBundled(join(output, runtimeFolder(usesNode)), module);
      modules.set(module, namespace);
      problems.push(...(usesNode ? nonActions(path, namespace) : []));
    } catch (error) {
      problems.push(`${path} failed to load: ${loadFailure(error, folder)}`);
    }
  }
  if (problems.length > 0) {
    throw new FunctionsFolderError(folder, problems);
  }
  return modules;
}

async function bundle(
  folder: string,
  output: string,
  files: readonly FunctionFile[],
): Promise<void> {
  const { build } = await import("esbuild");
  const problems: string[] = [];
  for (const usesNode of [false, true]) {
    const entries = files.filter((file) => file.usesNode === usesNode);
    if (entries.length > 0) {
      try {
        await build(options(folder, join(output, runtimeFolder(usesNode)), entries, usesNode));
      } catch (error) {
        problems.push(...(error as BuildFailure).errors.map(describe));
      }
    }
  }
  if (problems.length > 0) {
    throw new FunctionsFolderError(folder, problems);
  }
}

function options(
  folder: string,
  outdir: string,
  entries: readonly FunctionFile[],
  usesNode: boolean,
): BuildOptions {
  const common: BuildOptions = {
    absWorkingDir: folder,
    entryPoints: entries.map(({ file, module }) => ({
      in: file,
      out: module.replace(/\.js$/, ""),
    })),
    outdir,
    outExtension: { ".js": ".mjs" },
    chunkNames: "_deps/[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "esnext",
    jsx: "automatic",
    conditions: ["convex", "module"],
    define: { "process.env.NODE_ENV": '"production"' },
    sourcemap: true,
    keepNames: true,
    nodePaths: [OWN_PACKAGES],
    plugins: [generatedStandIns(folder)],
    logLevel: "silent",
  };
  return usesNode
    ? { ...common, platform: "node", banner: { js: NODE_REQUIRE } }
    : { ...common, platform: "browser" };
}

/** Packages in CommonJS call `require`, which ES modules lack. */
const NODE_REQUIRE =
  'import { createRequire as createNodeRequire } from "node:module"; const require = createNodeRequire(import.meta.url);';

function runtimeFolder(usesNode: boolean): string {
  return usesNode ? "node" : "convex";
}

async function importBundled(
  outdir: string,
  module: string,
): Promise<Readonly<Record<string, unknown>>> {
  const file = join(outdir, module.replace(/\.js$/, ".mjs"));
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
}

/** Convex: "use node" files may define actions only. */
function nonActions(path: string, namespace: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(namespace)
    .filter(([, exported]) => {
      const made = exported as { isQuery?: boolean; isMutation?: boolean } | null | undefined;
      return made?.isQuery === true || made?.isMutation === true;
    })
    .map(
      ([name]) =>
        `${path} exports ${name}, which is no action: only actions can be defined in a file with "use node"`,
    );
}

function describe({ text, location, notes }: Message): string {
  const [, missing] = /^Could not resolve "([^"]+)"/.exec(text) ?? [];
  const hint =
    missing !== undefined && isBuiltin(missing)
      ? ' (part of Node: begin the file with the "use node" directive)'
      : notes.length > 0 && location === null
        ? ` (${notes[0]?.text})`
        : "";
  return location === null
    ? `${text}${hint}`
    : `${location.file}:${location.line}:${location.column + 1}: ${text}${hint}`;
}

/** What was thrown, with the first line of the folder that its stack names. */
function loadFailure(error: unknown, folder: string): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const place = error.stack?.split("\n").find((line) => line.includes(folder));
  return `${error.name}: ${error.message}${place === undefined ? "" : ` ${place.trim()}`}`;
}
