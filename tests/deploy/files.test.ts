import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const text = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };

describe("the files for deployments", () => {
  test("the Dockerfile copies what there is and what .dockerignore lets in, and runs what npm start runs", () => {
    const dockerfile = text("Dockerfile");
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, from = ""]) => from.split(" "),
    );
    expect(copied).toEqual(expect.arrayContaining(["package-lock.json", ".npmrc", "src"]));
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const letIn = text(".dockerignore").match(/(?<=^!).+$/gm);
    expect(new Set(letIn)).toEqual(new Set(copied));
    expect(dockerfile).toContain(
      `CMD ${JSON.stringify(scripts["start"]?.split(" ")).replaceAll(",", ", ")}`,
    );
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^VOLUME \/data$/m);
    expect(dockerfile).toContain("/healthz");
  });

  test("the systemd unit runs what npm start runs, as nobody's root, with a private state directory", () => {
    const unit = text("deploy/tollgate.service");
    expect(unit).toContain(`ExecStart=/opt/tollgate/node_modules/.bin/${scripts["start"]}\n`);
    expect(unit).toMatch(/^User=tollgate$/m);
    expect(unit).toMatch(/^StateDirectoryMode=0700$/m);
    expect(unit).toMatch(/^NoNewPrivileges=yes$/m);
  });

  test("both name the variables that the gateway knows, and no sandbox", () => {
    for (const path of ["Dockerfile", "deploy/tollgate.service"]) {
      expect(text(path)).toContain("TOLLGATE_SANDBOX=off");
      for (const [name] of text(path).matchAll(/\bTOLLGATE_[A-Z]+\b/g)) {
        expect(text("README.md")).toContain(`\`${name}\``);
      }
    }
  });
});
