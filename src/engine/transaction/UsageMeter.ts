import { EngineError } from "../errors.ts";
import {
  MAX_BYTES_READ,
  MAX_BYTES_WRITTEN,
  MAX_DOCUMENTS_READ,
  MAX_DOCUMENTS_WRITTEN,
  MAX_INDEX_RANGES_READ,
} from "../limits.ts";

/** Counts what one transaction reads and writes, and fails it past Convex's limits. */
export class UsageMeter {
  documentsRead = 0;
  bytesRead = 0;
  databaseQueries = 0;
  documentsWritten = 0;
  bytesWritten = 0;

  /** @throws EngineError TooManyReads */
  countRange(): void {
    this.databaseQueries++;
    if (this.databaseQueries > MAX_INDEX_RANGES_READ) {
      throw new EngineError(
        "TooManyReads",
        `Too many reads in a single function execution (limit: ${MAX_INDEX_RANGES_READ}).`,
      );
    }
  }

  /** @throws EngineError TooManyDocumentsRead, TooManyBytesRead */
  countRead(bytes: number): void {
    this.documentsRead++;
    this.bytesRead += bytes;
    if (this.documentsRead > MAX_DOCUMENTS_READ) {
      throw new EngineError(
        "TooManyDocumentsRead",
        `Too many documents read in a single function execution (limit: ${MAX_DOCUMENTS_READ}). Consider using smaller limits in your queries, paginating your queries, or using indexed queries with a selective index range expressions.`,
      );
    }
    if (this.bytesRead > MAX_BYTES_READ) {
      throw new EngineError(
        "TooManyBytesRead",
        `Too many bytes read in a single function execution (limit: ${MAX_BYTES_READ} bytes). Consider using smaller limits in your queries, paginating your queries, or using indexed queries with a selective index range expressions.`,
      );
    }
  }

  /** @throws EngineError TooManyWrites, TooManyBytesWritten */
  countWrite(bytes: number): void {
    this.documentsWritten++;
    this.bytesWritten += bytes;
    if (this.documentsWritten > MAX_DOCUMENTS_WRITTEN) {
      throw new EngineError(
        "TooManyWrites",
        `Too many writes in a single function execution (limit: ${MAX_DOCUMENTS_WRITTEN})`,
      );
    }
    if (this.bytesWritten > MAX_BYTES_WRITTEN) {
      throw new EngineError(
        "TooManyBytesWritten",
        `Too many bytes written in a single function execution (limit: ${MAX_BYTES_WRITTEN} bytes)`,
      );
    }
  }
}
