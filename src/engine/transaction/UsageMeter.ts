import { EngineError } from "../errors.ts";
import {
  MAX_BYTES_READ,
  MAX_BYTES_WRITTEN,
  MAX_DOCUMENTS_READ,
  MAX_DOCUMENTS_WRITTEN,
  MAX_FUNCTIONS_SCHEDULED,
  MAX_INDEX_RANGES_READ,
  MAX_SCHEDULED_ARGUMENTS_BYTES,
} from "../limits.ts";
import { displayBytes } from "../values/displayBytes.ts";

const OVER_LIMIT_HELP =
  "Consider using smaller limits in your queries, paginating your queries, or using indexed queries with a selective index range expressions.";

/** What was used of a limit, and what is left. */
interface Metric {
  used: number;
  remaining: number;
}

/** Counts what one transaction reads and writes, and fails it past Convex's limits. */
export class UsageMeter {
  documentsRead = 0;
  bytesRead = 0;
  databaseQueries = 0;
  documentsWritten = 0;
  functionsScheduled = 0;
  scheduledFunctionArgsBytes = 0;
  bytesWritten = 0;

  /** @throws EngineError TooManyReads */
  countRange(): void {
    this.databaseQueries++;
    if (this.databaseQueries > MAX_INDEX_RANGES_READ) {
      throw new EngineError(
        "TooManyReads",
        `Too many reads in a single function execution (limit: ${MAX_INDEX_RANGES_READ}). ${OVER_LIMIT_HELP}`,
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
        `Too many documents read in a single function execution (limit: ${MAX_DOCUMENTS_READ}). ${OVER_LIMIT_HELP}`,
      );
    }
    if (this.bytesRead > MAX_BYTES_READ) {
      throw new EngineError(
        "TooManyBytesRead",
        `Too many bytes read in a single function execution (limit: ${MAX_BYTES_READ} bytes). ${OVER_LIMIT_HELP}`,
      );
    }
  }

  /** @throws EngineError TooManyFunctionsScheduled, ScheduledFunctionsArgumentsTooLarge */
  countScheduled(argumentsBytes: number): void {
    if (this.functionsScheduled >= MAX_FUNCTIONS_SCHEDULED) {
      throw new EngineError(
        "TooManyFunctionsScheduled",
        `Too many functions scheduled by this mutation (limit: ${MAX_FUNCTIONS_SCHEDULED})`,
      );
    }
    if (this.scheduledFunctionArgsBytes + argumentsBytes > MAX_SCHEDULED_ARGUMENTS_BYTES) {
      throw new EngineError(
        "ScheduledFunctionsArgumentsTooLarge",
        `Too large total size of the arguments of scheduled functions from this mutation (limit: ${MAX_SCHEDULED_ARGUMENTS_BYTES} bytes)`,
      );
    }
    this.functionsScheduled++;
    this.scheduledFunctionArgsBytes += argumentsBytes;
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
        `Too many bytes written in a single function execution (limit: ${displayBytes(MAX_BYTES_WRITTEN)})`,
      );
    }
  }

  /** `ctx.meta.getTransactionMetrics()`. Convex counts files too; this host stores none. */
  metrics(): Record<string, Metric> {
    return {
      bytesRead: metric(this.bytesRead, MAX_BYTES_READ),
      bytesWritten: metric(this.bytesWritten, MAX_BYTES_WRITTEN),
      databaseQueries: metric(this.databaseQueries, MAX_INDEX_RANGES_READ),
      documentsRead: metric(this.documentsRead, MAX_DOCUMENTS_READ),
      documentsWritten: metric(this.documentsWritten, MAX_DOCUMENTS_WRITTEN),
      functionsScheduled: metric(this.functionsScheduled, MAX_FUNCTIONS_SCHEDULED),
      scheduledFunctionArgsBytes: metric(
        this.scheduledFunctionArgsBytes,
        MAX_SCHEDULED_ARGUMENTS_BYTES,
      ),
    };
  }
}

function metric(used: number, limit: number): Metric {
  return { used, remaining: limit - used };
}
