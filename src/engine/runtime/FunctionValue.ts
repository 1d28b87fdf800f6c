import { convexToJson, type JSONValue, jsonToConvex, type Value } from "convex/values";

/** What a function returned: the Convex JSON text that goes out, and on demand the value it stands for. */
export class FunctionValue {
  readonly text: string;
  readonly #json: JSONValue;

  private constructor(json: JSONValue, text: string) {
    this.#json = json;
    this.text = text;
  }

  static fromText(this: void, text: string): FunctionValue {
    return new FunctionValue(JSON.parse(text) as JSONValue, text);
  }

  /** @throws Error for what is no Convex value */
  static fromResult(result: unknown): FunctionValue {
    const json = convexToJson(result === undefined ? null : (result as Value));
    return new FunctionValue(json, JSON.stringify(json));
  }

  /** The caller's own. */
  get value(): Value {
    return jsonToConvex(this.#json);
  }
}
