/** A gateway elsewhere, asked over HTTP. */
export interface RemoteGateway {
  readonly name: string;
  /**
   * Posts JSON. @returns a JSON object, also with statuses that say that it was refused
   * @throws when the gateway does not answer
   */
  ask(path: string, body: object): Promise<{ status: number; answer: Record<string, unknown> }>;
  /** What `ask` throws when the gateway does not answer: for answers that say no more. */
  unreachable(why: string): Error;
}
