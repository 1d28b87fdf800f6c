import type { Schema } from "../../engine/schema/schema.ts";
import type { FieldValidator, Validator } from "../../engine/schema/validator.ts";
import type { DocumentValue } from "../../engine/storage/StoredDocument.ts";
import { isSystemTable } from "../../engine/storage/systemTables.ts";

/** A document as it can stand in another place; null when it says nothing there. */
export type Moved = (tableName: string, document: DocumentValue) => DocumentValue | null;

/**
 * Takes out what documents say of scheduled functions. Those do not move, and neither do their ids: another
 * place would refuse them, as ids of a table that has another number there. A field that may be without one
 * loses it; a document that may not is left out.
 */
export function withoutJobs(schema: Schema): Moved {
  const fieldsOf = new Map(
    [...schema.tables.values()].map(({ name, documentType }) => [name, jobFields(documentType)]),
  );
  return (tableName, document) => {
    const fields = fieldsOf.get(tableName) ?? [];
    const named = fields.filter(({ name }) => typeof document[name] === "string");
    if (named.some(({ optional, validator }) => !optional && !takesNull(validator))) {
      return null;
    }
    const rest: Record<string, DocumentValue[string]> = { ...document };
    for (const { name, validator } of named) {
      if (takesNull(validator)) {
        rest[name] = null;
      } else {
        delete rest[name];
      }
    }
    return rest as DocumentValue;
  };
}

function jobFields(documentType: Validator | null): FieldValidator[] {
  return documentType?.kind === "object"
    ? documentType.fields.filter(({ validator }) => alternatives(validator).some(isJobId))
    : [];
}

function alternatives(validator: Validator): readonly Validator[] {
  return validator.kind === "union" ? validator.members : [validator];
}

function isJobId(validator: Validator): boolean {
  return validator.kind === "id" && isSystemTable(validator.tableName);
}

function takesNull(validator: Validator): boolean {
  return alternatives(validator).some(({ kind }) => kind === "null");
}
