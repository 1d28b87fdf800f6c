import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { functionFiles } from "../hosts/functions/functionFiles.ts";
import { functionsMap } from "./codegen/functionsMap.ts";
import { type GeneratedFiles, generatedFiles } from "./codegen/generatedFiles.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The host that bundles the functions. */
const WORKER = join(ROOT, "src/hosts/worker");

const HELP = `Writes the _generated files of the functions folder that convex.json names, and its map for the Worker. Works
offline.

Usage: npm run codegen [-- --check]

  --check   writes nothing; names the files that are stale

Exit codes: 0 done or up to date, 1 stale, 2 wrong usage.
`;

async function main(): Promise<number> {
  let isCheck: boolean;
  try {
    const { values } = parseArgs({
      options: { check: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    isCheck = values.check ?? false;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  const stale: string[] = [];
  for (const [directory, wanted] of await wantedFiles()) {
    const names = await staleFiles(directory, wanted);
    if (!isCheck) {
      await write(directory, wanted, names);
    }
    stale.push(...names.map((name) => relative(ROOT, join(directory, name))));
  }
  const names = stale.map((name) => `  ${name}\n`).join("");
  const isStale = isCheck && stale.length > 0;
  const verdict = isCheck ? "Stale, run npm run codegen:" : "Written:";
  (isStale ? process.stderr : process.stdout).write(
    stale.length === 0 ? "Up to date.\n" : `${verdict}\n${names}`,
  );
  return isStale ? 1 : 0;
}

/** By folder. The Worker's map is of this project only: other folders have no Worker. */
async function wantedFiles(): Promise<Map<string, GeneratedFiles>> {
  const functions = await functionsDirectory();
  const files = await functionFiles(functions);
  const modules = files.map(({ module }) => module);
  const wanted = new Map([[join(functions, "_generated"), generatedFiles(modules)]]);
  const map = join(WORKER, "_generated");
  if (existsSync(WORKER)) {
    const sources = files.map(({ file }) => relative(map, file));
    wanted.set(map, new Map([["functions.ts", functionsMap(modules, sources)]]));
  }
  return wanted;
}

async function functionsDirectory(): Promise<string> {
  const config = JSON.parse(await readFile(join(ROOT, "convex.json"), "utf8")) as {
    functions: string;
  };
  return join(ROOT, config.functions);
}

/** Names of files whose text differs, that are missing, or that should not be there. */
async function staleFiles(
  directory: string,
  wanted: ReadonlyMap<string, string>,
): Promise<string[]> {
  const present = existsSync(directory) ? await readdir(directory) : [];
  const names = [...new Set([...wanted.keys(), ...present])].toSorted();
  const stale: string[] = [];
  for (const name of names) {
    const text = present.includes(name) ? await readFile(join(directory, name), "utf8") : null;
    if (text !== wanted.get(name)) {
      stale.push(name);
    }
  }
  return stale;
}

async function write(
  directory: string,
  wanted: ReadonlyMap<string, string>,
  stale: readonly string[],
): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of stale) {
    const text = wanted.get(name);
    const file = join(directory, name);
    await (text === undefined ? rm(file, { recursive: true }) : writeFile(file, text));
  }
}

process.exitCode = await main();
