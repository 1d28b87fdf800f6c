import { convexToJson, jsonToConvex, type Value } from "convex/values";
import { isPlainJson } from "../values/isPlainJson.ts";
import { NOT_SIMPLE, simpleCopy } from "../values/simpleCopy.ts";
import { utf8Bytes } from "../values/utf8Bytes.ts";

/** A document as functions see it; `_id` and `_creationTime` included. Never changed in place. */
export type DocumentValue = { readonly [field: string]: Value | undefined } & {
  readonly _id: string;
  readonly _creationTime: number;
};

/** About what the two system fields add to a document's text. */
const SYSTEM_FIELDS_BYTES = 72;

/**
 * One version of one document. The text that is stored leaves out `_id` and `_creationTime`, which the row
 * tells by other means; the value is made only for functions, filters, checks and index keys.
 */
export class StoredDocument {
  readonly id: string;
  readonly creationTime: number;
  /** Its own fields as Convex JSON: what is stored. */
  readonly fieldsJson: string;
  #value: DocumentValue | undefined;
  #bytes: number | undefined;
  /** Its value is what its text says, and can be copied without a look. */
  readonly #isPlain: boolean;

  private constructor(
    id: string,
    creationTime: number,
    fieldsJson: string,
    value: DocumentValue | undefined,
    isPlain: boolean,
  ) {
    this.id = id;
    this.creationTime = creationTime;
    this.fieldsJson = fieldsJson;
    this.#value = value;
    this.#isPlain = isPlain;
  }

  /** What a row says. */
  static fromStored(id: string, creationTime: number, fieldsJson: string): StoredDocument {
    const isPlain = !hasTags(fieldsJson) && !needsCare(fieldsJson);
    return new StoredDocument(id, creationTime, fieldsJson, undefined, isPlain);
  }

  static fromValue(value: DocumentValue): StoredDocument {
    const { _id, _creationTime, ...fields } = value;
    const isPlain = isPlainJson(fields);
    const fieldsJson = JSON.stringify(isPlain ? fields : convexToJson(fields as Value));
    return new StoredDocument(
      _id,
      _creationTime,
      fieldsJson,
      value,
      isPlain && !needsCare(fieldsJson),
    );
  }

  /** The whole document as Convex JSON. */
  get json(): string {
    const { fieldsJson } = this;
    if (beginsBeforeSystem(fieldsJson)) {
      return JSON.stringify(convexToJson(this.value as Value));
    }
    const rest = fieldsJson === "{}" ? "}" : `,${fieldsJson.slice(1)}`;
    return `{"_creationTime":${this.creationTime},"_id":"${this.id}"${rest}`;
  }

  /** The size of its text. */
  get bytes(): number {
    this.#bytes ??= utf8Bytes(this.fieldsJson) + SYSTEM_FIELDS_BYTES;
    return this.#bytes;
  }

  /** The value for a function, which may change its own copy. */
  copy(): DocumentValue {
    if (this.#isPlain) {
      return this.#plainCopy();
    }
    const copy = simpleCopy(this.value);
    return (copy === NOT_SIMPLE ? jsonToConvex(JSON.parse(this.json)) : copy) as DocumentValue;
  }

  get value(): DocumentValue {
    this.#value ??= this.#parsed();
    return this.#value;
  }

  #parsed(): DocumentValue {
    const json = JSON.parse(this.fieldsJson);
    const value = hasTags(this.fieldsJson) ? jsonToConvex(json) : json;
    value._creationTime = this.creationTime;
    value._id = this.id;
    return value as DocumentValue;
  }

  /** Its fields in the order of Convex: system fields before all that begin with a small letter. */
  #plainCopy(): DocumentValue {
    const { value } = this;
    const copy: Record<string, unknown> = { _creationTime: this.creationTime, _id: this.id };
    for (const name in value) {
      copy[name] = plainCopy(value[name]);
    }
    return copy as DocumentValue;
  }
}

/** Only names that begin with a dollar tell that JSON stands for another value; documents have none. */
function hasTags(json: string): boolean {
  return json.includes('"$');
}

/** Setting a field of such a name sets something else, and fields before the system's would come after them. */
function needsCare(fieldsJson: string): boolean {
  return fieldsJson.includes('"__proto__"') || beginsBeforeSystem(fieldsJson);
}

/** Convex orders fields by name: digits and capital letters stand before `_creationTime`. */
function beginsBeforeSystem(fieldsJson: string): boolean {
  return fieldsJson.charCodeAt(2) < UNDERSCORE;
}

const UNDERSCORE = 0x5f;

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
