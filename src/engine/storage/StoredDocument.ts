import { convexToJson, jsonToConvex, type Value } from "convex/values";
import { isPlainJson } from "../values/isPlainJson.ts";
import { NOT_SIMPLE, simpleCopy } from "../values/simpleCopy.ts";
import { utf8Bytes } from "../values/utf8Bytes.ts";

/** A document as functions see it; `_id` and `_creationTime` included. Never changed in place. */
export type DocumentValue = { readonly [field: string]: Value | undefined } & {
  readonly _id: string;
  readonly _creationTime: number;
};

/**
 * One version of one document. The stored text goes out to functions unparsed; the value is made only
 * for filters, checks and index keys.
 */
export class StoredDocument {
  readonly json: string;
  #value: DocumentValue | undefined;

  private constructor(json: string, value: DocumentValue | undefined) {
    this.json = json;
    this.#value = value;
  }

  static fromJson(json: string): StoredDocument {
    return new StoredDocument(json, undefined);
  }

  static fromValue(value: DocumentValue): StoredDocument {
    const json = isPlainJson(value) ? value : convexToJson(value as Value);
    return new StoredDocument(JSON.stringify(json), value);
  }

  /** The size of its text. */
  get bytes(): number {
    return utf8Bytes(this.json);
  }

  /** The value for a function, which may change its own copy. */
  copy(): DocumentValue {
    const copy = simpleCopy(this.value);
    return (copy === NOT_SIMPLE ? jsonToConvex(JSON.parse(this.json)) : copy) as DocumentValue;
  }

  get value(): DocumentValue {
    this.#value ??= documentValue(this.json);
    return this.#value;
  }
}

/** Only names that begin with a dollar tell that JSON stands for another value; documents have none. */
function documentValue(json: string): DocumentValue {
  const parsed = JSON.parse(json);
  return (json.includes('"$') ? jsonToConvex(parsed) : parsed) as DocumentValue;
}
