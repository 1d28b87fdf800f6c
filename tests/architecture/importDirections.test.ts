import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const SOURCE = join(ROOT, "src");

/** A room and what it may import: packages by name, own files by path below `src/`. */
const ROOMS: { room: string; may: RegExp[] }[] = [
  {
    room: "stripe/",
    may: [/^#digests$/, /^stripe$/, /^zod$/, /^@noble\/hashes\//, /^src\/stripe\//],
  },
  {
    room: "internal/model/",
    may: [/^zod$/, /^src\/internal\/model\//, /^src\/stripe\/snapshots\.ts$/],
  },
  {
    room: "internal/http.ts",
    may: [/^convex-helpers\//, /^src\/internal\//, /^src\/routes\/app\.ts$/],
  },
  // The SDK's requests; everything else of Stripe is read in the room `stripe/`.
  {
    room: "internal/recovery/stripeApi.ts",
    may: [/^stripe$/, /^src\/stripe\//, /^src\/internal\//],
  },
  {
    room: "internal/",
    may: [/^#digests$/, /^convex\//, /^convex-helpers\//, /^src\/stripe\//, /^src\/internal\//],
  },
  {
    room: "routes/",
    may: [
      /^hono(\/|$)/,
      /^zod$/,
      /^convex-helpers\/server\/hono$/,
      /^src\/stripe\//,
      /^src\/routes\//,
      /^src\/internal\/_generated\//,
    ],
  },
  { room: "engine/auth/", may: [/^convex\//, /^jose$/, /^src\/engine\//] },
  { room: "engine/admin/", may: [/^convex\//, /^@noble\/hashes\//, /^src\/engine\//] },
  { room: "engine/", may: [/^convex\//, /^src\/engine\//] },
  {
    room: "sandbox/",
    may: [/^hono(\/|$)/, /^stripe$/, /^zod$/, /^src\/stripe\//, /^src\/sandbox\//],
  },
  // An ordinary client: of the functions it knows what everybody with the generated files knows.
  {
    room: "dashboard/",
    may: [
      /^convex\//,
      /^react(-dom)?(\/|$)/,
      /^@base-ui\/react\//,
      /^@tanstack\/react-virtual$/,
      /^uplot(\/|$)/,
      /^src\/internal\/_generated\//,
      /^src\/dashboard\//,
    ],
  },
  { room: "hosts/", may: [/./] },
  {
    room: "testing/",
    may: [
      /^convex\//,
      /^node:path$/,
      /^src\/engine\//,
      /^src\/hosts\/loadFunctions\.ts$/,
      /^src\/hosts\/node\/(?:functionContext|nodeSqliteStore|processEnvironment|systemPorts)\.ts$/,
      /^src\/testing\//,
    ],
  },
  // Holds the texts of generated files, which import `convex` and the engine's type of modules.
  {
    room: "cli/codegen/",
    may: [/^convex\//, /functions\/FunctionRegistry\.ts$/, /^src\/cli\//],
  },
  // Speaks to a sandbox as any application does.
  { room: "cli/sandbox/", may: [/^stripe$/, /^src\/cli\//] },
  {
    room: "cli/",
    may: [
      /^node:/,
      /^cli-progress$/,
      /^convex\/(?:browser|server)$/,
      /^src\/hosts\//,
      /^src\/stripe\//,
      /^src\/internal\/(?:audit|checkout|doctor|model)\//,
      /^src\/cli\//,
    ],
  },
];

interface Import {
  file: string;
  imported: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?<!["-])\b(?:from|import)\s*\(?\s*"([^"\n]+)"/g)].map(
    ([, specifier = ""]) => ({
      file: relative(SOURCE, file),
      imported: specifier.startsWith(".")
        ? relative(ROOT, resolve(file, "..", specifier))
        : specifier,
    }),
  );
}

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !path.includes("_generated"))
  .map((path) => join(SOURCE, path));
const imports = files.flatMap(importsOf);

describe("every file", () => {
  test("lives in a room with a rule", () => {
    const homeless = files.filter(
      (file) => !ROOMS.some(({ room }) => relative(SOURCE, file).startsWith(room)),
    );
    expect(homeless).toEqual([]);
  });

  test("imports only what its room may", () => {
    const wrong = imports.filter(({ file, imported }) => {
      const rule = ROOMS.find(({ room }) => file.startsWith(room));
      return rule !== undefined && !rule.may.some((pattern) => pattern.test(imported));
    });
    expect(wrong).toEqual([]);
  });

  test("outside hosts leaves the platform alone", () => {
    const platform = imports.filter(
      ({ file, imported }) => imported.startsWith("node:") && !/^(hosts|cli|testing)\//.test(file),
    );
    expect(platform).toEqual([]);
  });
});

describe("payment", () => {
  test("is written by functions made with the builders of functions.ts, never with the raw ones", () => {
    const raw = imports.filter(
      ({ file, imported }) =>
        file.startsWith("internal/") &&
        imported === "src/internal/_generated/server.ts" &&
        /\b(?:internalMutation|mutation)\b/.test(importClause(file)),
    );
    expect([...new Set(raw.map(({ file }) => file))]).toEqual(["internal/functions.ts"]);
  });

  test("opens its database in functions.ts only", () => {
    const opening = files.filter((file) => /\bpaymentDatabase\(/.test(readFileSync(file, "utf8")));
    expect(opening.map((file) => relative(SOURCE, file)).sort()).toEqual([
      "internal/functions.ts",
      "internal/guard/paymentDatabase.ts",
    ]);
  });

  test.each([
    [/\.patch\(planId\b/, "internal/plan/planWriter.ts"],
    [/insert\("planChanges"/, "internal/plan/planChanges.ts"],
  ])("writes a plan's fields and changes in one file each: %s in %s", (write, only) => {
    const writing = files.filter((file) => write.test(readFileSync(file, "utf8")));
    expect(writing.map((file) => relative(SOURCE, file))).toEqual([only]);
  });

  test("is unknown to the engine", () => {
    const words = /stripe|payment|webhook|subscription plan|\bplanType\b/i;
    const aware = files.filter(
      (file) =>
        relative(SOURCE, file).startsWith("engine/") && words.test(readFileSync(file, "utf8")),
    );
    expect(aware.map((file) => relative(SOURCE, file))).toEqual([]);
  });
});

function importClause(file: string): string {
  const text = readFileSync(join(SOURCE, file), "utf8");
  return /import \{([^}]*)\} from "\.\/_generated\/server\.ts"/.exec(text)?.[1] ?? "";
}
