import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { reference } from "../../src/cli/reference.ts";
import { tollgate } from "../support/tollgateCli.ts";

const NAMES = COMMANDS.map(({ name }) => name);

describe("Q13 the command line", () => {
  test("is in docs/cli.md as it is; if not: npm run docs:cli", () => {
    const file = join(import.meta.dirname, "../../docs/cli.md");
    expect(readFileSync(file, "utf8")).toBe(reference(COMMANDS));
  });

  test("lists its commands, with and without being asked", async () => {
    const { code, stdout } = await tollgate(["--help"]);
    expect(code).toBe(0);
    expect([...stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name)).toEqual(NAMES);
    expect(await tollgate([])).toMatchObject({ code: 2, stdout });
  });

  test.each(NAMES)("%s --help tells usage, options, exit codes and examples", async (name) => {
    const { code, stdout } = await tollgate([name, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /Usage: tollgate[\s\S]*--json[\s\S]*Exit codes: 0[\s\S]*Examples\n {2}npm run tollgate/,
    );
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThan(130);
    expect(await tollgate(["help", name])).toEqual({ code, stdout, stderr: "" });
  });

  test.each(COMMANDS)("$name: its examples are calls that it knows", async ({ name, examples }) => {
    for (const example of examples) {
      expect(example.split(" ")[0]).toBe(name);
      const words = [...example.replace(/ [>|].*/, "").matchAll(/'[^']*'|"[^"]*"|\S+/g)].map(
        ([word]) => word.replaceAll(/^['"]|['"]$/g, ""),
      );
      expect(await tollgate([...words, "--help"])).toMatchObject({ code: 0, stderr: "" });
    }
  });
});

describe("Q14 what was mistyped", () => {
  test.each([
    [["explian"], "did you mean explain?"],
    [["keys", "--rool", "admin"], "did you mean --role?"],
    [["events", "lits"], "did you mean events list?"],
    [["events", "--status", "ded"], "--status is one of received, applied"],
  ])("%j is told what was probably meant", async (args, text) => {
    const { code, stderr } = await tollgate(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(text) });
  });
});
