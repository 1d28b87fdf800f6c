/** A kind of fault that Tollgate is held against. */
export interface Fault {
  /** How it is asked for on the command line. */
  readonly name: string;
  /** What is done, in one line. */
  readonly what: string;
  /** @throws only for what keeps it from being tried at all: everything that Tollgate does wrong is told */
  run(options: FaultOptions): Promise<FaultResult>;
}

export interface FaultOptions {
  /** Seconds instead of minutes, for every change. */
  readonly isShort: boolean;
  /** The same choices for the same seed. */
  readonly seed: number;
  /** How long a soak lasts. */
  readonly minutes: number;
  onProgress(done: number, total: number): void;
}

export interface FaultResult {
  /** What was done and measured, for the table. */
  readonly figures: Readonly<Record<string, string | number>>;
  /** Every broken invariant in words, with what makes it happen again; empty when all held. */
  readonly broken: readonly string[];
}
