import { crc32 } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { SnapshotError } from "../../snapshot/SnapshotError.ts";

/** Any folders before it do not count, as for Convex. */
const ENTRY = /^(?:.*\/)?([^/]+)\/(documents|generated_schema)\.jsonl$/;

/** Tables of components belong to somebody else. */
const COMPONENT = /(?:^|\/)_components\//;

/** Convex: a document has at most 1 MiB; its text can be some times longer. */
const MAX_LINE_CHARACTERS = 16 * 1_024 * 1_024;

/** A table of an archive. */
export interface ArchivedTable {
  readonly name: string;
  /** The table's number, which ids of its documents carry; null when the archive does not tell. */
  readonly number: number | null;
  /** Whether its numbers tell their types; see `importedValue`. */
  readonly isTyped: boolean;
}

/** A ZIP archive in the format of `npx convex export`, opened for reading. */
export class SnapshotArchive {
  /** The user tables that have documents or are listed, in the order of their numbers. */
  readonly tables: readonly ArchivedTable[];
  readonly #zip: ZipFile;
  readonly #documents: ReadonlyMap<string, Entry>;

  private constructor(
    zip: ZipFile,
    documents: ReadonlyMap<string, Entry>,
    tables: readonly ArchivedTable[],
  ) {
    this.#zip = zip;
    this.#documents = documents;
    this.tables = tables;
  }

  /** Bytes of all documents as text. */
  get textBytes(): number {
    return this.tables.reduce(
      (sum, { name }) => sum + (this.#documents.get(name)?.uncompressedSize ?? 0),
      0,
    );
  }

  /** @throws SnapshotError `archive_damaged`, `archive_invalid` */
  static async open(file: string): Promise<SnapshotArchive> {
    const zip = await orDamaged(openPromise(file, { autoClose: false, validateEntrySizes: true }));
    try {
      const documents = new Map<string, Entry>();
      const schemas = new Map<string, Entry>();
      for await (const entry of entriesOf(zip)) {
        const [, table = "", kind] = ENTRY.exec(entry.fileName) ?? [];
        if (table !== "" && !COMPONENT.test(entry.fileName)) {
          (kind === "documents" ? documents : schemas).set(table, entry);
        }
      }
      return new SnapshotArchive(zip, documents, await tablesOf(zip, documents, schemas));
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  /** Reads all documents once. @throws SnapshotError `archive_damaged` for one that is not as written */
  async verify(): Promise<void> {
    for (const table of this.tables) {
      for await (const _ of this.lines(table)) {
        // Only to the end: the checksum is of all.
      }
    }
  }

  /**
   * The lines of a table's documents, in their order.
   *
   * @throws SnapshotError `archive_damaged`, perhaps only behind the last line
   */
  async *lines({ name }: ArchivedTable): AsyncGenerator<string> {
    const entry = this.#documents.get(name);
    if (entry !== undefined) {
      yield* linesOf(this.#zip, entry);
    }
  }

  close(): void {
    this.#zip.close();
  }
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    yield* zip.eachEntry();
  } catch (error) {
    throw damaged(error);
  }
}

async function tablesOf(
  zip: ZipFile,
  documents: ReadonlyMap<string, Entry>,
  schemas: ReadonlyMap<string, Entry>,
): Promise<ArchivedTable[]> {
  const list = documents.get("_tables");
  if (list === undefined) {
    throw new SnapshotError(
      "archive_invalid",
      "there is no _tables/documents.jsonl in it: this is no snapshot of a deployment",
    );
  }
  const numbers = new Map<string, number>();
  for await (const line of linesOf(zip, list)) {
    const { name, id } = readTable(line);
    numbers.set(name, id);
  }
  const names = new Set([...numbers.keys(), ...documents.keys()]);
  const tables: ArchivedTable[] = [];
  for (const name of names) {
    if (!name.startsWith("_")) {
      const isTyped = await saysUniform(zip, schemas.get(name));
      tables.push({ name, number: numbers.get(name) ?? null, isTyped });
    }
  }
  return tables.sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
}

function readTable(line: string): { name: string; id: number } {
  try {
    const { name, id } = JSON.parse(line) as { name?: unknown; id?: unknown };
    if (typeof name === "string" && typeof id === "number" && Number.isSafeInteger(id)) {
      return { name, id };
    }
  } catch {
    // The same as any other line that lists no table.
  }
  throw new SnapshotError("archive_invalid", `_tables lists no table in the line ${line}`);
}

async function saysUniform(zip: ZipFile, entry: Entry | undefined): Promise<boolean> {
  if (entry !== undefined) {
    for await (const line of linesOf(zip, entry)) {
      return line === '"uniform"';
    }
  }
  return false;
}

/** Lines end with a line feed and nothing else: texts of JSON may hold other separators. */
async function* linesOf(zip: ZipFile, entry: Entry): AsyncGenerator<string> {
  const { fileName, crc32: expected } = entry;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let seen = 0;
    let rest = "";
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      seen = crc32(chunk as Buffer, seen);
      const lines = `${rest}${decoder.decode(chunk as Buffer, { stream: true })}`.split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > MAX_LINE_CHARACTERS) {
        throw new Error(`a line of ${fileName} has no end`);
      }
      yield* lines;
    }
    rest += decoder.decode();
    if (seen !== expected) {
      throw new Error(`${fileName} does not have its checksum`);
    }
    if (rest !== "") {
      yield rest;
    }
  } catch (error) {
    throw damaged(error);
  }
}

async function orDamaged<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw damaged(error);
  }
}

function damaged(error: unknown): Error {
  return error instanceof SnapshotError
    ? error
    : new SnapshotError("archive_damaged", `the archive is damaged: ${(error as Error).message}`, {
        cause: error,
      });
}
