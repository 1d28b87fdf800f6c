import { EngineError } from "../errors.ts";

/**
 * A schema that is wrong in itself, whatever documents there are: a mistake of the app's author, found
 * when the schema is read. Code `InvalidSchema`; the message is convex-backend's where it has one.
 */
export class SchemaError extends EngineError {
  override readonly name = "SchemaError";

  constructor(message: string) {
    super("InvalidSchema", message);
  }
}
