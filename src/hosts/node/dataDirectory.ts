import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Random } from "../../engine/ports.ts";
import { SecretText } from "./SecretText.ts";

const RANDOM_BYTES = 32;

/** A longer file is not a secret that Tollgate or an operator wrote. */
const MAX_SECRET_FILE_BYTES = 1_024;

const GROUP_OR_OTHERS = 0o077;

/** What each secret begins with; {@link RANDOM_BYTES} in hexadecimal follow. */
const PREFIXES = {
  "webhook-secret": "whsec_",
  "admin-key": "tollgate_admin_",
  "sandbox-key": "sk_test_sandbox_",
  "sandbox-issuer-key": "p256_",
  "link-secret": "tollgate_link_",
} as const;

const SECRET_TAIL = /^[A-Za-z0-9+/=_-]{16,512}$/;

export type SecretName = keyof typeof PREFIXES;

export interface StoredSecret {
  readonly value: SecretText;
  /** True on the one start that made it. */
  readonly created: boolean;
  /** Absolute path of the file that holds it. */
  readonly file: string;
}

export interface DataDirectory {
  /** Absolute path. */
  readonly path: string;
  /**
   * The secret in the file `name`, made on first use. A new file has mode 0600 and is on disk before it
   * counts: a crash leaves the old state or the new one. An operator may put a secret of their own
   * there. One process at a time: open the store first, whose lock keeps a second one out.
   *
   * @throws DataDirectoryError when group or others may read the file, or it holds no such secret
   */
  secret(name: SecretName): StoredSecret;
  /** Puts another secret into the file `name`, all or nothing. @throws DataDirectoryError */
  replaceSecret(name: SecretName, value: SecretText): void;
}

/**
 * `data_directory_unusable`: the directory or a secret in it cannot be used. The message names the path
 * and how to mend it, and never shows a file's content.
 */
export class DataDirectoryError extends Error {
  readonly code = "data_directory_unusable";
  override readonly name = "DataDirectoryError";
}

/**
 * Opens the directory that holds everything Tollgate keeps on this machine; makes it, with its parents,
 * for the owner alone (0700). The mode of an existing directory is the operator's choice and stays.
 *
 * @throws DataDirectoryError when `path` is no directory, or cannot be made or written
 */
export function openDataDirectory(path: string, random: Random): DataDirectory {
  const directory = resolve(path);
  orUnusable(`cannot use ${directory} as data directory`, () => {
    makeDirectory(directory);
    // The dot fails for a file.
    accessSync(`${directory}/.`, constants.R_OK | constants.W_OK | constants.X_OK);
  });
  return {
    path: directory,
    secret: (name) => {
      const file = join(directory, name);
      const existing = readSecret(file, PREFIXES[name]);
      return {
        value: existing ?? makeSecret(file, PREFIXES[name], random),
        created: !existing,
        file,
      };
    },
    replaceSecret: (name, value) => writeSecret(join(directory, name), value),
  };
}

/**
 * With its parents. Node's own `recursive` spins for ever below a directory that exists but takes no
 * children: a link to nowhere (a disk not mounted), or /proc.
 */
function makeDirectory(directory: string): void {
  if (!existsSync(directory)) {
    makeDirectory(dirname(directory));
    mkdirSync(directory, { mode: 0o700 });
    syncDirectory(dirname(directory));
  }
}

function readSecret(file: string, prefix: string): SecretText | undefined {
  const text = orUnusable(`cannot read ${file}`, () => readOwnersFile(file));
  if (text === undefined) {
    return undefined;
  }
  const secret = text.replace(/\r?\n$/, "");
  if (!secret.startsWith(prefix) || !SECRET_TAIL.test(secret.slice(prefix.length))) {
    throw new DataDirectoryError(
      `${file} holds no secret: it must be one line, ${prefix} and at least 16 letters or digits. ` +
        "Put the right one there, or remove the file to have a new one made",
    );
  }
  return new SecretText(secret);
}

function readOwnersFile(file: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
  try {
    const { mode, size } = fstatSync(descriptor);
    if (process.platform !== "win32" && (mode & GROUP_OR_OTHERS) !== 0) {
      throw new DataDirectoryError(
        `${file} can be read or changed by other users of this machine. Run: chmod 600 '${file}'. ` +
          "If others may have read it, remove it instead to have a new one made",
      );
    }
    return size > MAX_SECRET_FILE_BYTES ? "" : readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

function makeSecret(file: string, prefix: string, random: Random): SecretText {
  const hex = Buffer.from(random.fill(new Uint8Array(RANDOM_BYTES))).toString("hex");
  const secret = new SecretText(prefix + hex);
  writeSecret(file, secret);
  return secret;
}

function writeSecret(file: string, secret: SecretText): void {
  orUnusable(`cannot write ${file}`, () => {
    const unfinished = `${file}.unfinished`;
    // A start that was cut short may have left one; it was never used.
    rmSync(unfinished, { force: true });
    writeFileSync(unfinished, `${secret.reveal()}\n`, { flag: "wx", mode: 0o600, flush: true });
    renameSync(unfinished, file);
    syncDirectory(dirname(file));
  });
}

/** Makes a new name in the directory survive a power cut. Windows has no such call and needs none. */
export function syncDirectory(directory: string): void {
  if (process.platform === "win32") {
    return;
  }
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function orUnusable<T>(what: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof DataDirectoryError) {
      throw error;
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataDirectoryError(
      `${what}: ${reason}. Name a directory that this user may write in TOLLGATE_DATA`,
      { cause: error },
    );
  }
}
