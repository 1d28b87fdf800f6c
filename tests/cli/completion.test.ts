import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryDirectory } from "../support/gatewayProcess.ts";
import { tollgate } from "../support/tollgateCli.ts";

let folder: string;
beforeAll(async () => {
  folder = await temporaryDirectory();
});

/** Why a shell's script cannot be tried, or "". */
function missing(shell: string): string {
  const isThere = spawnSync(shell, ["-c", "true"]).status === 0;
  return isThere ? "" : `skipped: there is no ${shell} here`;
}

/** A file with the script of a shell. */
async function scriptOf(shell: string): Promise<string> {
  const file = join(folder, shell);
  const { code, stdout } = await tollgate(["completion", shell]);
  expect(code).toBe(0);
  writeFileSync(file, stdout);
  return file;
}

/** What can follow each line, and something that cannot. */
const LINES: [words: string[], has: string, hasNot: string][] = [
  [["ev"], "events", "audit"],
  [["events", ""], "replay", "audit"],
  [["events", "show", "--re"], "--reason", "--json"],
  [["events", "--status", "de"], "dead", "applied"],
  [["trigger", "charge."], "charge.refunded", "invoice.paid"],
  [["keys", "create", "x", "--role", "r"], "read-only", "admin"],
  [["help", "exp"], "export", "audit"],
];

describe.skipIf(missing("bash") !== "")(`Q13 completion in bash ${missing("bash")}`, () => {
  test("knows commands, verbs, options and their values", async () => {
    const file = await scriptOf("bash");
    const lines = LINES.map(([words]) => {
      const all = ["tollgate", ...words].map((word) => `'${word}'`).join(" ");
      return `COMP_WORDS=(${all}); COMP_CWORD=${words.length}; _tollgate; echo "\${COMPREPLY[*]}"`;
    });
    const script = ["set -u", `source ${file}`, ...lines].join("\n");
    const output = execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
    const replies = output.trimEnd().split("\n");
    for (const [index, [, has, hasNot]] of LINES.entries()) {
      const words = replies[index]?.split(" ");
      expect(words).toContain(has);
      expect(words).not.toContain(hasNot);
    }
  });
});

describe.skipIf(missing("fish") !== "")(`Q13 completion in fish ${missing("fish")}`, () => {
  test("knows commands, verbs, options and their values", async () => {
    const file = await scriptOf("fish");
    for (const [words, has, hasNot] of LINES) {
      const line = ["tollgate", ...words].join(" ");
      const script = `source ${file}; complete -C '${line}'`;
      const output = execFileSync("fish", ["--no-config", "-c", script], { encoding: "utf8" });
      const found = output.split("\n").map((each) => each.split("\t")[0]);
      expect(found).toContain(has);
      expect(found).not.toContain(hasNot);
    }
  });
});

describe.skipIf(missing("zsh") !== "")(`Q13 completion in zsh ${missing("zsh")}`, () => {
  test("is a script that zsh takes, and registers itself", async () => {
    const file = await scriptOf("zsh");
    const script = `autoload -U compinit; compinit -D; source ${file}; print $_comps[tollgate]`;
    const output = execFileSync("zsh", ["-f", "-c", script], { encoding: "utf8" });
    expect(output.trim()).toBe("_tollgate");
  });
});
