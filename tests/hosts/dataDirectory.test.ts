import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type DataDirectory,
  DataDirectoryError,
  openDataDirectory,
} from "../../src/hosts/node/dataDirectory.ts";
import { systemRandom } from "../../src/hosts/node/systemPorts.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

describe("the data directory", () => {
  test("is made, with its parents, for its owner alone", () => {
    const path = join(temporaryFolder(), "a", "b");
    expect(open(path).path).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test("is used as it is when it exists", () => {
    const path = temporaryFolder();
    chmodSync(path, 0o755);
    writeFileSync(join(path, "kept"), "");
    open(path);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(readdirSync(path)).toEqual(["kept"]);
  });

  test("may be named relative to the working directory", () => {
    const path = join(temporaryFolder(), "here");
    expect(open(relative(process.cwd(), path)).path).toBe(path);
  });

  test("cannot be a file", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "kept", { mode: 0o755 });
    expectUnusable(() => open(file), file);
    expectUnusable(() => open(join(file, "below")), file);
    expect(readFileSync(file, "utf8")).toBe("kept");
  });

  test("cannot be a link to nowhere, or below one", () => {
    const link = join(temporaryFolder(), "disk");
    symlinkSync(join(link, "not-mounted"), link);
    expectUnusable(() => open(link), link);
    expectUnusable(() => open(join(link, "below")), link);
  });

  test.skipIf(!existsSync("/proc/self"))(
    "cannot be where nothing can be written (Linux: /proc refuses everybody)",
    () => {
      expectUnusable(() => open("/proc/tollgate"), "TOLLGATE_DATA");
    },
  );

  test.skipIf(process.getuid?.() === 0)(
    "cannot be where this user may not write (the superuser may anywhere)",
    () => {
      const path = temporaryFolder();
      chmodSync(path, 0o500);
      expectUnusable(() => open(path), path);
    },
  );
});

describe("a stored secret", () => {
  test("is made on first use, in its own form, in a file for its owner alone", () => {
    const directory = open(temporaryFolder());
    const webhook = directory.secret("webhook-secret");
    const admin = directory.secret("admin-key");
    expect([webhook.created, admin.created]).toEqual([true, true]);
    expect(webhook.value.reveal()).toMatch(/^whsec_[0-9a-f]{64}$/);
    expect(admin.value.reveal()).toMatch(/^tollgate_admin_[0-9a-f]{64}$/);
    expect(webhook.file).toBe(join(directory.path, "webhook-secret"));
    expect(statSync(webhook.file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory.path).toSorted()).toEqual(["admin-key", "webhook-secret"]);
  });

  test("stays the same on every later start", () => {
    const path = temporaryFolder();
    const first = open(path).secret("admin-key");
    const second = open(path).secret("admin-key");
    expect(second.value.reveal()).toBe(first.value.reveal());
    expect(second.created).toBe(false);
  });

  test("differs between directories", () => {
    const [one, other] = [temporaryFolder(), temporaryFolder()].map((path) =>
      open(path).secret("admin-key").value.reveal(),
    );
    expect(one).not.toBe(other);
  });

  test("may be one that the operator put there, also through a link", () => {
    const directory = open(temporaryFolder());
    const own = "whsec_0123456789abcdefABCDEF+/=_-";
    const elsewhere = join(temporaryFolder(), "mounted");
    put(elsewhere, `${own}\n`);
    symlinkSync(elsewhere, join(directory.path, "webhook-secret"));
    const { value, created } = directory.secret("webhook-secret");
    expect([value.reveal(), created]).toEqual([own, false]);
  });

  test("does not print", () => {
    const stored = open(temporaryFolder()).secret("admin-key");
    expect(JSON.stringify(stored)).not.toContain("tollgate_admin_");
    expect(`${stored.value}`).toBe("[secret]");
  });

  test("is made anew after a start that was cut short before the file had its name", () => {
    const directory = open(temporaryFolder());
    put(join(directory.path, "admin-key.unfinished"), "tollgate_adm");
    expect(directory.secret("admin-key").created).toBe(true);
    expect(readdirSync(directory.path)).toEqual(["admin-key"]);
  });

  test.each([0o640, 0o604, 0o620, 0o644])(
    "is refused when others may read or change its file (mode %o)",
    (mode) => {
      const directory = open(temporaryFolder());
      const { file, value } = directory.secret("admin-key");
      chmodSync(file, mode);
      const error = expectUnusable(() => directory.secret("admin-key"), `chmod 600 '${file}'`);
      expect(error.message).not.toContain(value.reveal());
    },
  );

  test.each([
    ["empty", ""],
    ["only a line end", "\n"],
    ["without its prefix", "0123456789abcdef0123456789abcdef"],
    ["of the other kind", "tollgate_admin_0123456789abcdef"],
    ["too short", "whsec_0123456789"],
    ["two lines", "whsec_0123456789abcdef\nwhsec_0123456789abcdef\n"],
    ["with spaces around", " whsec_0123456789abcdef "],
    ["endless", `whsec_${"a".repeat(100_000)}`],
  ])("is refused when its file is %s, and the file stays", (_, content) => {
    const directory = open(temporaryFolder());
    const file = join(directory.path, "webhook-secret");
    put(file, content);
    const error = expectUnusable(() => directory.secret("webhook-secret"), file);
    expect(error.message).not.toContain("0123456789");
    expect(readFileSync(file, "utf8")).toBe(content);
  });

  test("is refused when its place is taken by a directory", () => {
    const directory = open(temporaryFolder());
    mkdirSync(join(directory.path, "admin-key"), { mode: 0o700 });
    expectUnusable(() => directory.secret("admin-key"), join(directory.path, "admin-key"));
  });
});

function open(path: string): DataDirectory {
  return openDataDirectory(path, systemRandom);
}

function put(file: string, content: string): void {
  writeFileSync(file, content, { mode: 0o600 });
}

function expectUnusable(run: () => unknown, mention: string): DataDirectoryError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(DataDirectoryError);
    expect(error).toMatchObject({ code: "data_directory_unusable" });
    expect((error as DataDirectoryError).message).toContain(mention);
    return error as DataDirectoryError;
  }
  throw new Error("it was accepted");
}
