/** What an audit can find. Stable, for programs. */
export type FindingCode =
  /** The file: a row that cannot be read, or whose keys say something else than the row. */
  | "row_unreadable"
  | "row_keys_differ"
  /** A row that the database does not find under its own id and creation time, or a job's id that is none. */
  | "row_misplaced"
  /** The ledger. */
  | "body_missing"
  | "body_altered"
  | "body_unexplained"
  | "signature_wrong"
  | "columns_differ"
  | "status_wrong"
  | "standing_altered"
  | "ledger_row_altered"
  | "ledger_row_missing"
  | "ledger_row_twice"
  | "ledger_head_differs"
  | "reading_altered"
  | "erasure_altered"
  /** What follows from the ledger. */
  | "row_differs"
  | "row_missing"
  | "row_unexplained"
  | "plan_differs"
  | "plan_unexplained"
  | "plan_version_differs"
  | "owner_altered"
  | "timer_wrong"
  /** The changes of plans. */
  | "change_altered"
  | "change_missing"
  | "change_contradicts"
  | "change_unexplained"
  | "change_evidence_differs"
  /** Notes on work. */
  | "note_altered";

/** One thing that is not as the ledger has it. */
export interface Finding {
  code: FindingCode;
  table: string;
  /** The document, or the natural key of one that is not there. */
  id: string;
  /** One sentence for the operator. Holds no field of a body. */
  message: string;
}
