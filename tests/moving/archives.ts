import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { SnapshotArchive } from "../../src/hosts/node/snapshot/SnapshotArchive.ts";
import { temporaryDirectory } from "../support/gatewayProcess.ts";

/** The documents of an archive as their lines, by table, in the archive's order. */
export async function documentsIn(file: string): Promise<Map<string, string[]>> {
  const archive = await SnapshotArchive.open(file);
  const documents = new Map<string, string[]>();
  for (const table of archive.tables) {
    const lines: string[] = [];
    for await (const line of archive.lines(table)) {
      lines.push(line);
    }
    documents.set(table.name, lines);
  }
  archive.close();
  return documents;
}

/** A ZIP archive of these files. @returns its path */
export async function archiveOf(files: Record<string, string>): Promise<string> {
  const path = join(await temporaryDirectory(), "archive.zip");
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) {
    zip.addBuffer(Buffer.from(content), name);
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  return path;
}

/** An archive as this project writes it, of these lines of documents. Tables are numbered from 10001. */
export async function snapshotOf(tables: Record<string, string[]>): Promise<string> {
  const files: Record<string, string> = {
    "_tables/documents.jsonl": Object.keys(tables)
      .map((name, index) => `${JSON.stringify({ name, id: 10_001 + index })}\n`)
      .join(""),
  };
  for (const [name, lines] of Object.entries(tables)) {
    files[`${name}/documents.jsonl`] = lines.map((line) => `${line}\n`).join("");
    files[`${name}/generated_schema.jsonl`] = '"uniform"\n';
  }
  return await archiveOf(files);
}
