/** Why a snapshot was not written or taken; stable, for programs. */
export type SnapshotErrorCode =
  /** It is no ZIP file, it is cut off, or its content is not what its checksums say. */
  | "archive_damaged"
  /** It is a ZIP file, but what is in it is no snapshot of these tables. */
  | "archive_invalid"
  /** There are documents there already. */
  | "target_not_empty"
  /** A gateway that was read page by page wrote meanwhile, again and again. */
  | "export_disturbed"
  /** An import was interrupted, and has to begin again. */
  | "import_not_begun"
  /** The file that is to be written is there already. */
  | "file_exists"
  /** Somebody has an export made at the moment. */
  | "export_in_progress"
  /** A sandbox made up the payments in the data directory. */
  | "sandbox_data";

/** A snapshot was not written or not taken. Nothing was changed. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  readonly code: SnapshotErrorCode;

  constructor(code: SnapshotErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
