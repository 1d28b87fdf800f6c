import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundleFunctions } from "../../src/hosts/functions/bundleFunctions.ts";
import { FunctionsFolderError } from "../../src/hosts/functions/FunctionsFolderError.ts";
import { loadFunctions } from "../../src/hosts/loadFunctions.ts";
import { openTestEngine, type TestEngine } from "../support/testEngine.ts";
import { writeFiles } from "../support/writeFiles.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

type Files = Readonly<Record<string, string>>;

async function load(files: Files) {
  const folder = temporaryFolder();
  await writeFiles(folder, files);
  return await bundleFunctions(folder, temporaryFolder());
}

async function host(files: Files): Promise<TestEngine> {
  const modules = [...(await load(files))].map(
    ([name, namespace]) => [name.replace(/\.js$/, ""), { ...namespace }] as const,
  );
  return openTestEngine(Object.fromEntries(modules));
}

async function problemsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  const error = await loading.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FunctionsFolderError);
  return (error as FunctionsFolderError).problems;
}

const QUERY = `import { query } from "./_generated/server";
export default query(() => "here");
`;

describe("E13 any folder of Convex functions is hosted", () => {
  test("with extensionless imports, subfolders, and no _generated", async () => {
    const { call } = await host({
      "plans.ts": `
        import { internalMutation, query } from "./_generated/server";
        import { internal } from "./_generated/api";
        import type { Id } from "./_generated/dataModel";
        import { v } from "convex/values";
        import { shout } from "./lib/text";
        export const add = internalMutation({
          args: { name: v.string() },
          handler: async ({ db }, { name }): Promise<Id<"plans">> => db.insert("plans", { name: shout(name) }),
        });
        export const names = query(async ({ db }) => (await db.query("plans").collect()).map(({ name }) => name));
      `,
      "lib/text.ts": "export const shout = (text: string) => text.toUpperCase();",
      "deep/er/run.ts": `
        import { internal } from "../../_generated/api.js";
        import { action } from "../../_generated/server.js";
        export const add = action((ctx) => ctx.runMutation(internal.plans.add, { name: "ann" }));
      `,
    });
    await call("deep/er/run:add");
    expect(await call("plans:names")).toEqual(["ANN"]);
  });

  test("whether its _generated is there or not, in JavaScript or TypeScript", async () => {
    for (const [extension, text] of [
      ["js", "throw new Error('not asked');"],
      ["ts", "throw new Error('not asked') as never;"],
    ]) {
      const { call } = await host({
        "a.ts": QUERY,
        [`_generated/server.${extension}`]: text ?? "",
      });
      expect(await call("a")).toBe("here");
    }
  });

  test("with TypeScript that is more than types, JSX and JSON", async () => {
    const { call } = await host({
      "all.tsx": `
        import { query } from "./_generated/server";
        import data from "./data.json";
        enum Color { Red = "red" }
        namespace Inner { export const x = 1; }
        class Point { constructor(readonly x: number) {} }
        export default query(() => [Color.Red, Inner.x, new Point(2).x, data.y]);
      `,
      "data.json": '{"y":3}',
    });
    expect(await call("all")).toEqual(["red", 1, 2, 3]);
  });

  test("with one copy of what modules share", async () => {
    const { call } = await host({
      "shared.ts": "export const seen: string[] = [];",
      "a.ts": `
        import { mutation } from "./_generated/server";
        import { seen } from "./shared";
        export default mutation(() => { seen.push("a"); return null; });
      `,
      "b.ts": `
        import { query } from "./_generated/server";
        import { seen } from "./shared";
        export default query(() => seen);
      `,
    });
    await call("a");
    expect(await call("b")).toEqual(["a"]);
  });

  test('with actions in "use node" files', async () => {
    const { call } = await host({
      "hash.ts": `// made of Node's own
        "use node";
        import { createHash } from "crypto";
        import { action } from "./_generated/server";
        export const sha = action(() => createHash("sha256").update("x").digest("hex").slice(0, 8));
      `,
    });
    expect(await call("hash:sha")).toBe("2d711642");
  });

  test("with packages of its own", async () => {
    const { call } = await host({
      "a.ts": `
        import { query } from "./_generated/server";
        import { answer } from "somewhere";
        export default query(() => answer);
      `,
      "node_modules/somewhere/package.json": '{"name":"somewhere","main":"index.cjs"}',
      "node_modules/somewhere/index.cjs": "exports.answer = 42;",
    });
    expect(await call("a")).toBe(42);
  });

  test("and its stack traces name its own files and lines", async () => {
    const { call } = await host({
      "deep/trace.ts": `import { query } from "../_generated/server";
type Padding = { only: "types" };
export default query(() => {
  return new Error("where").stack;
});
`,
    });
    expect(await call("deep/trace")).toMatch(/deep\/trace\.ts:4:\d+/);
  });
});

describe("what is a module", () => {
  test("follows Convex's rule", async () => {
    const modules = await load({
      "a.ts": "export {};",
      "b.mjs": "export const x = 1;",
      "c.jsx": "export const y = <b />;".replace("<b />", "1"),
      "schema.ts": "export default {};",
      "auth.config.ts": "export default { providers: [] };",
      "sub/schema.ts": "throw new Error();",
      "sub/d.ts": "import '../a';",
      "noImports.ts": "const global = 1;",
      "noImports2.js": "globalThis.loaded = 1;",
      ".hidden.ts": "throw new Error();",
      "a.test.ts": "throw new Error();",
      "#a.ts": "throw new Error();",
      "with space.ts": "throw new Error();",
      "with space/a.ts": "throw new Error();",
      "component/convex.config.ts": "throw new Error();",
      "component/inside.ts": "throw new Error();",
      "_generated/api.ts": "throw new Error();",
      "node_modules/x/index.js": "throw new Error();",
      "readme.md": "",
    });
    expect([...modules.keys()]).toEqual([
      "a.js",
      "auth.config.js",
      "b.js",
      "c.js",
      "noImports2.js",
      "schema.js",
      "sub/d.js",
    ]);
  });

  test("is the same for Tollgate's own folder, which loads without a bundler", async () => {
    const own = join(import.meta.dirname, "../../src/internal");
    const direct = await loadFunctions(own);
    const bundled = await bundleFunctions(own, temporaryFolder());
    const exportsOf = (modules: typeof direct) =>
      [...modules].map(([name, namespace]) => [name, Object.keys(namespace).toSorted()]);
    expect(exportsOf(bundled)).toEqual(exportsOf(direct));
  });
});

describe("E13 a folder that cannot be hosted is refused with file and reason", () => {
  test.each<[string, Files, string[]]>([
    ["is empty", {}, ["there are no functions in it: no JavaScript or TypeScript module"]],
    [
      "has a syntax error",
      { "a.ts": QUERY, "b.ts": "export const = 1;" },
      ['b.ts:1:14: Expected identifier but found "="'],
    ],
    [
      "imports what is not there",
      { "a.ts": 'import "./gone";\nexport {};' },
      ['a.ts:1:8: Could not resolve "./gone"'],
    ],
    [
      'uses Node without "use node"',
      { "a.ts": 'import "node:fs";\nexport {};' },
      [
        'a.ts:1:8: Could not resolve "node:fs" (part of Node: begin the file with the "use node" directive)',
      ],
    ],
    [
      "imports a name that is not exported",
      { "a.ts": 'import { x } from "./b";\nexport const y = x;', "b.ts": "export {};" },
      ['a.ts:1:10: No matching export in "b.ts" for import "x"'],
    ],
    [
      "has a module that throws",
      { "a.ts": QUERY, "b.ts": 'export const x = 1;\nthrow new TypeError("at load");' },
      [expect.stringMatching(/^b\.ts failed to load: TypeError: at load at .*b\.ts:2:7\)?$/)],
    ],
    [
      "reads the database while it loads",
      {
        "a.ts": `import { query } from "./_generated/server";
          export const x = await (query(({ db }) => db.query("t").collect()) as any).invokeQuery("[{}]");`,
      },
      [expect.stringMatching(/^a\.ts failed to load: Error: /)],
    ],
    [
      'has a query in a "use node" file',
      { "a.ts": `"use node";\n${QUERY}` },
      [
        'a.ts exports default, which is no action: only actions can be defined in a file with "use node"',
      ],
    ],
    [
      'has "use node" in its schema',
      { "schema.ts": '"use node";\nexport default {};' },
      ['schema.ts may not have the "use node" directive'],
    ],
    [
      "has two files for one module",
      { "a.js": "export {};", "a.ts": "export {};" },
      ["a.ts names the same module as a.js"],
    ],
    [
      "has a name that no path can hold",
      { "my-file.ts": "export {};" },
      [
        "my-file.ts cannot be called: Path component my-file.js can only contain alphanumeric characters, underscores, or periods.",
      ],
    ],
    [
      "has functions in a reserved folder",
      { "_system/a.ts": "export {};" },
      ['_system/a.ts is within the "_system" directory, which is reserved'],
    ],
  ])("when it %s", async (_, files, problems) => {
    expect(await problemsOf(load(files))).toEqual(problems);
  });

  test("when it does not exist, or is a file", async () => {
    const folder = temporaryFolder();
    await writeFiles(folder, { "a.ts": "" });
    for (const path of ["nowhere", "a.ts"]) {
      const loading = bundleFunctions(join(folder, path), temporaryFolder());
      expect(await problemsOf(loading)).toEqual(["there is no such folder"]);
    }
  });
});
