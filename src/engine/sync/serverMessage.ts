import type { JSONValue } from "convex/values";
import { MAX_TRANSITION_BYTES } from "../limits.ts";
import { timestampText } from "./timestampText.ts";

/** How far a client's view has come; names are those of Convex's sync protocol. */
export interface StateVersion {
  readonly querySet: number;
  readonly identity: number;
  readonly ts: bigint;
}

/** A failure as a client sees it. */
export interface FailureText {
  readonly message: string;
  /** Convex JSON of a `ConvexError`'s data. */
  readonly data: JSONValue | undefined;
}

/**
 * Frames for a client. Values are JSON text already and are put in as they are.
 */
export const PING = `{"type":"Ping"}`;

export function fatalError(error: string): string {
  return JSON.stringify({ type: "FatalError", error });
}

/**
 * @param baseVersion the identity version that the refused token was to replace, or that has expired
 * @param authUpdateAttempted whether it answers an authentication
 */
export function authError(
  error: string,
  baseVersion: number,
  authUpdateAttempted: boolean,
): string {
  return JSON.stringify({ type: "AuthError", error, baseVersion, authUpdateAttempted });
}

export function queryUpdated(
  queryId: number,
  valueText: string,
  logLines: readonly string[],
  journal: string | null,
): string {
  const rest = JSON.stringify({ logLines, journal }).slice(1);
  return `{"type":"QueryUpdated","queryId":${queryId},"value":${valueText},${rest}`;
}

export function queryFailed(
  queryId: number,
  { message, data }: FailureText,
  logLines: readonly string[],
  journal: string | null,
): string {
  return JSON.stringify({
    type: "QueryFailed",
    queryId,
    errorMessage: message,
    errorData: data,
    logLines,
    journal,
  });
}

export function queryRemoved(queryId: number): string {
  return `{"type":"QueryRemoved","queryId":${queryId}}`;
}

/** @param timestamp of a mutation's commit; null for an action */
export function functionSucceeded(
  type: "Mutation" | "Action",
  requestId: number,
  valueText: string,
  logLines: readonly string[],
  timestamp: bigint | null,
): string {
  const head = `{"type":"${type}Response","requestId":${requestId},"success":true`;
  const ts = timestamp === null ? "" : `,"ts":"${timestampText(timestamp)}"`;
  return `${head},"result":${valueText}${ts},"logLines":${JSON.stringify(logLines)}}`;
}

export function functionFailed(
  type: "Mutation" | "Action",
  requestId: number,
  { message, data }: FailureText,
  logLines: readonly string[],
): string {
  return JSON.stringify({
    type: `${type}Response`,
    requestId,
    success: false,
    result: message,
    logLines,
    errorData: data,
  });
}

/**
 * A transition, in several frames when it is larger than {@link MAX_TRANSITION_BYTES} and the client can
 * put them together.
 */
export function transition(
  start: StateVersion,
  end: StateVersion,
  modifications: Iterable<string>,
  supportsChunks: boolean,
): string[] {
  const text = `{"type":"Transition","startVersion":${versionText(start)},"endVersion":${versionText(end)},"modifications":[${[...modifications].join(",")}]}`;
  // No UTF-16 unit takes more than three bytes.
  return !supportsChunks || text.length * 3 <= MAX_TRANSITION_BYTES ? [text] : chunks(text);
}

function versionText({ querySet, identity, ts }: StateVersion): string {
  return `{"querySet":${querySet},"identity":${identity},"ts":"${timestampText(ts)}"}`;
}

function chunks(text: string): string[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_TRANSITION_BYTES) {
    return [text];
  }
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    let end = Math.min(start + MAX_TRANSITION_BYTES, bytes.length);
    while (end < bytes.length && isInsideCharacter(bytes[end] as number)) {
      end--;
    }
    parts.push(decoder.decode(bytes.subarray(start, end)));
    start = end;
  }
  return parts.map((chunk, partNumber) =>
    JSON.stringify({
      type: "TransitionChunk",
      chunk,
      partNumber,
      totalParts: parts.length,
      transitionId: String(bytes.length),
    }),
  );
}

/** UTF-8: bytes of the form 10xxxxxx continue a character. */
function isInsideCharacter(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
