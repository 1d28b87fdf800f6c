import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLineLog, MAX_LOG_TEXT_CHARACTERS } from "../../src/hosts/node/lineLog.ts";

const LINE_LOG = join(import.meta.dirname, "../../src/hosts/node/lineLog.ts");

test("a line is level, message and fields", () => {
  expect(lineOf("listening", { port: 8787, url: "http://127.0.0.1:8787", ready: true })).toBe(
    "info listening port=8787 url=http://127.0.0.1:8787 ready=true\n",
  );
});

test("errors say so", () => {
  const lines: string[] = [];
  createLineLog((line) => lines.push(line)).error("the disk is full");
  expect(lines).toEqual(["error the disk is full\n"]);
});

test("the default is standard output", () => {
  const script = `import { createLineLog } from ${JSON.stringify(LINE_LOG)}; createLineLog().info("hello");`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  expect([stdout, stderr]).toEqual(["info hello\n", ""]);
});

test("a value that could read as another field, or as nothing, is quoted", () => {
  expect(lineOf("x", { a: "1 b=2", c: 'say "hi"', d: "", e: "back\\slash", f: "k=v" })).toBe(
    'info x a="1 b=2" c="say \\"hi\\"" d="" e="back\\\\slash" f="k=v"\n',
  );
});

test("a message cannot pass for a field, and a name cannot break out of its place", () => {
  expect(lineOf("done admin=true", { "a b=c\n": 1 })).toBe(
    'info "done admin=true" "a b=c\\u{a}"=1\n',
  );
});

test.each([
  ["line feed", "\n"],
  ["carriage return", "\r"],
  ["escape", "\u001b"],
  ["C1 next line", "\u0085"],
  ["line separator", "\u2028"],
  ["paragraph separator", "\u2029"],
  ["right-to-left override", "\u202e"],
  ["zero-width space", "\u200b"],
  ["lone surrogate", "\ud800"],
])("nobody forges or hides part of a line with a %s", (_, character) => {
  const line = lineOf(`a${character}error forged`, { field: `b${character}c` });
  expect(line).toMatch(/^info [\x20-\x7e]+\n$/);
  expect(line).toContain("\\u{");
});

test("ordinary text in any script stays readable", () => {
  expect(lineOf("Grüße 門 🎟️", { plan: "größer" })).toBe("info Grüße 門 🎟️ plan=größer\n");
});

test("a long text is cut", () => {
  const line = lineOf("m".repeat(1_000_000), { field: "v".repeat(1_000_000) });
  expect(line.length).toBeLessThan(2 * MAX_LOG_TEXT_CHARACTERS + 20);
  expect(line).toMatch(/^info m+… field=v+…\n$/);
});

function lineOf(message: string, fields: Record<string, string | number | boolean>): string {
  const lines: string[] = [];
  createLineLog((line) => lines.push(line)).info(message, fields);
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
}
