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
  #bytes: number | undefined;
  /** Its value is what its JSON says, field by field in the same order, and can be copied without a look. */
  readonly #isPlain: boolean;

  private constructor(json: string, value: DocumentValue | undefined, isPlain: boolean) {
    this.json = json;
    this.#value = value;
    this.#isPlain = isPlain;
  }

  static fromJson(json: string): StoredDocument {
    return new StoredDocument(json, undefined, !hasTags(json) && !namesPrototype(json));
  }

  static fromValue(value: DocumentValue): StoredDocument {
    const isPlain = isPlainJson(value);
    const json = JSON.stringify(isPlain ? value : convexToJson(value as Value));
    return new StoredDocument(json, value, isPlain && !namesPrototype(json));
  }

  /** The size of its text. */
  get bytes(): number {
    this.#bytes ??= utf8Bytes(this.json);
    return this.#bytes;
  }

  /** The value for a function, which may change its own copy. */
  copy(): DocumentValue {
    if (this.#isPlain) {
      return plainCopy(this.value);
    }
    const copy = simpleCopy(this.value);
    return (copy === NOT_SIMPLE ? jsonToConvex(JSON.parse(this.json)) : copy) as DocumentValue;
  }

  get value(): DocumentValue {
    this.#value ??= documentValue(this.json);
    return this.#value;
  }
}

function documentValue(json: string): DocumentValue {
  const parsed = JSON.parse(json);
  return (hasTags(json) ? jsonToConvex(parsed) : parsed) as DocumentValue;
}

/** Only names that begin with a dollar tell that JSON stands for another value; documents have none. */
function hasTags(json: string): boolean {
  return json.includes('"$');
}

/** Setting a field of this name sets something else. */
function namesPrototype(json: string): boolean {
  return json.includes('"__proto__"');
}

function plainCopy<Plain>(value: Plain): Plain {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(plainCopy) as Plain;
  }
  const copy: Record<string, unknown> = {};
  for (const name in value) {
    copy[name] = plainCopy(value[name]);
  }
  return copy as Plain;
}
