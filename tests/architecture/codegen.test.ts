import { execFile } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../hosts/temporaryFolder.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const CONVEX_CLI = join(ROOT, "node_modules/convex/bin/main.js");
const run = promisify(execFile);

function codegen(root: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [join(root, "src/cli/codegen.ts"), ...args], { cwd: root });
}

/** The generator beside a functions folder of two modules, one in a subfolder. */
async function project(): Promise<string> {
  const root = temporaryFolder();
  for (const path of ["src/cli/codegen.ts", "src/cli/codegen", "src/hosts/functions"]) {
    await cp(join(ROOT, path), join(root, path), { recursive: true });
  }
  await mkdir(join(root, "convex/deep"), { recursive: true });
  await writeFile(join(root, "package.json"), '{"type":"module","dependencies":{"convex":"*"}}');
  const config = { functions: "convex/", codegen: { fileType: "ts" } };
  await writeFile(join(root, "convex.json"), JSON.stringify(config));
  await writeFile(join(root, "convex/schema.ts"), "export default {};\n");
  await writeFile(join(root, "convex/plans.ts"), "export const x = 1;\n");
  await writeFile(join(root, "convex/deep/more.ts"), "export const y = 1;\n");
  return root;
}

test("the _generated files of Tollgate are those that npm run codegen writes", async () => {
  expect(await codegen(ROOT, "--check")).toEqual({ stdout: "Up to date.\n", stderr: "" });
});

test("codegen --check names what is stale and fails, and codegen mends it", async () => {
  const root = await project();
  await expect(codegen(root, "--check")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("convex/_generated/api.ts"),
  });
  await codegen(root);
  expect((await codegen(root, "--check")).stdout).toBe("Up to date.\n");
  await writeFile(join(root, "convex/later.ts"), "export const z = 1;\n");
  await expect(codegen(root, "--check")).rejects.toMatchObject({
    stderr: "Stale, run npm run codegen:\n  convex/_generated/api.ts\n",
  });
});

test("the generated files have the modules and exports of Convex's own", async () => {
  const root = await project();
  await codegen(root);
  const ours = await generated(root);
  await run(process.execPath, [CONVEX_CLI, "codegen", "--system-udfs", "--typecheck", "disable"], {
    cwd: root,
    env: { PATH: process.env["PATH"], HOME: root },
  });
  const convexs = await generated(root);
  expect(convexs.text).not.toBe(ours.text);
  expect(ours.exports).toEqual(convexs.exports);
  expect(ours.modules).toEqual(convexs.modules);
  expect(ours.modules).toEqual(["deep/more", "plans"]);
});

async function generated(
  root: string,
): Promise<{ text: string; exports: string[]; modules: string[] }> {
  const files = ["api.ts", "dataModel.ts", "server.ts"].map((name) =>
    readFile(join(root, "convex/_generated", name), "utf8"),
  );
  const text = (await Promise.all(files)).join("");
  const names = text.matchAll(/^export (?:const|type) (\w+)/gm);
  const modules = text.matchAll(/^ {2}"?([\w/]+)"?: typeof/gm);
  return {
    text,
    exports: [...names].map(([, name = ""]) => name).toSorted(),
    modules: [...modules].map(([, name = ""]) => name).toSorted(),
  };
}
