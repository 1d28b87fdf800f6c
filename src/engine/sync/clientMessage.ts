import type { JSONValue } from "convex/values";
import { actingIdentity } from "../auth/actingIdentity.ts";
import { parseFunctionPath } from "../functions/functionPath.ts";
import type { Identity } from "../runtime/Identity.ts";
import { FatalSyncError } from "./FatalSyncError.ts";
import { parseTimestampText } from "./timestampText.ts";

/** What a client says. Names are those of Convex's sync protocol. */
export type ClientMessage =
  | ConnectMessage
  | AuthenticateMessage
  | ModifyQuerySetMessage
  | FunctionMessage
  | { readonly type: "Event" };

export interface ConnectMessage {
  readonly type: "Connect";
  /** Chosen by the client, the same over its reconnects. */
  readonly sessionId: string;
  readonly maxObservedTimestamp: bigint | null;
}

export interface AuthenticateMessage {
  readonly type: "Authenticate";
  readonly baseVersion: number;
  readonly credentials: Credentials;
}

export type Credentials =
  | { readonly type: "None" }
  | { readonly type: "User"; readonly token: string }
  | { readonly type: "Admin"; readonly key: string; readonly actingAs: Identity | null };

export interface ModifyQuerySetMessage {
  readonly type: "ModifyQuerySet";
  readonly baseVersion: number;
  readonly newVersion: number;
  readonly modifications: readonly QuerySetModification[];
}

export type QuerySetModification =
  | {
      readonly type: "Add";
      readonly queryId: number;
      readonly path: string;
      readonly args: JSONValue;
      readonly journal: string | null;
    }
  | { readonly type: "Remove"; readonly queryId: number };

export interface FunctionMessage {
  readonly type: "Mutation" | "Action";
  readonly requestId: number;
  readonly path: string;
  /** Convex JSON of the argument object. */
  readonly args: JSONValue;
}

/**
 * Reads one frame.
 *
 * @throws FatalSyncError "Received Invalid JSON on websocket: …" for whatever is no message
 */
export function parseClientMessage(text: string): ClientMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid("it is not JSON");
  }
  const message = record(json, "a message");
  switch (message["type"]) {
    case "Connect":
      return connect(message);
    case "Authenticate": {
      const baseVersion = count(message, "baseVersion");
      return { type: "Authenticate", baseVersion, credentials: credentials(message) };
    }
    case "ModifyQuerySet":
      return modifyQuerySet(message);
    case "Mutation":
    case "Action":
      return { type: message["type"], requestId: count(message, "requestId"), ...call(message) };
    case "Event":
      return { type: "Event" };
    default:
      throw invalid("unknown message type");
  }
}

type JsonObject = Record<string, unknown>;

/** What a random UUID looks like; nothing else is to be kept as a name of a session. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_COUNT = 2 ** 32 - 1;

function connect(message: JsonObject): ConnectMessage {
  const sessionId = text(message, "sessionId");
  if (!UUID.test(sessionId)) {
    throw invalid("`sessionId` is not a UUID");
  }
  const observed = message["maxObservedTimestamp"] ?? null;
  const maxObservedTimestamp = observed === null ? null : parseTimestampText(observed);
  if (observed !== null && maxObservedTimestamp === null) {
    throw invalid("`maxObservedTimestamp` is not a timestamp");
  }
  return { type: "Connect", sessionId: sessionId.toLowerCase(), maxObservedTimestamp };
}

function credentials(message: JsonObject): Credentials {
  switch (message["tokenType"]) {
    case "None":
      return { type: "None" };
    case "User":
      return { type: "User", token: text(message, "value") };
    case "Admin": {
      const attributes = message["impersonating"] ?? message["acting_as"] ?? null;
      const actingAs = actingIdentity(attributes);
      if (attributes !== null && actingAs === null) {
        throw invalid('Either "tokenIdentifier" or "issuer" and "subject" must be set');
      }
      return { type: "Admin", key: text(message, "value"), actingAs };
    }
    default:
      throw invalid("unknown token type");
  }
}

function modifyQuerySet(message: JsonObject): ModifyQuerySetMessage {
  const { modifications } = message;
  if (!Array.isArray(modifications)) {
    throw invalid("ModifyQuerySet lacks modifications");
  }
  return {
    type: "ModifyQuerySet",
    baseVersion: count(message, "baseVersion"),
    newVersion: count(message, "newVersion"),
    modifications: modifications.map(modification),
  };
}

function modification(json: unknown): QuerySetModification {
  const change = record(json, "a modification");
  const queryId = count(change, "queryId");
  switch (change["type"]) {
    case "Add": {
      const journal = change["journal"] ?? null;
      if (journal !== null && typeof journal !== "string") {
        throw invalid("`journal` is not a string");
      }
      return { type: "Add", queryId, ...call(change), journal };
    }
    case "Remove":
      return { type: "Remove", queryId };
    default:
      throw invalid("unknown modification type");
  }
}

/** The function that is asked for; `args` is an array of one, or the argument itself. */
function call(message: JsonObject): { path: string; args: JSONValue } {
  const path = text(message, "udfPath");
  try {
    parseFunctionPath(path);
  } catch (error) {
    throw invalid((error as Error).message);
  }
  if ((message["componentPath"] ?? "") !== "") {
    throw new FatalSyncError("Components are not available on this host.");
  }
  const { args } = message;
  const isWrapped = Array.isArray(args) && args.length <= 1;
  return { path, args: ((isWrapped ? args[0] : args) ?? {}) as JSONValue };
}

function record(json: unknown, what: string): JsonObject {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw invalid(`${what} must be an object`);
  }
  return json as JsonObject;
}

function text(message: JsonObject, field: string): string {
  const value = message[field];
  if (typeof value !== "string") {
    throw invalid(`\`${field}\` is not a string`);
  }
  return value;
}

/** Versions and ids are unsigned 32-bit integers. */
function count(message: JsonObject, field: string): number {
  const value = message[field];
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > MAX_COUNT) {
    throw invalid(`\`${field}\` is not an unsigned 32-bit integer`);
  }
  return value;
}

function invalid(reason: string): FatalSyncError {
  return new FatalSyncError(`Received Invalid JSON on websocket: ${reason}`);
}
