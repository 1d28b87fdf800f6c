/** Fields that may hold a secret, or a person. */
const TELLING =
  /secret|password|passphrase|token|key$|seal|signature|authorization|body|email|owner/i;

/** What secrets look like wherever they stand: API keys, signing secrets, our own keys, tokens. */
const SECRET = /\b(?:sk|rk|pk)_(?:test|live)_\w+|\bwhsec_\S+|\btollgate_\w+|\beyJ[\w-]+\.[\w.-]+/g;

const REDACTED = "[redacted]";
const MAX_TEXT_CHARACTERS = 200;
const MAX_DEPTH = 6;

/**
 * A value as bounded JSON text for people who look back: fields that may hold a secret or a person are
 * replaced by `[redacted]`, texts are cut at 200 characters, and so is everything below six levels.
 */
export function redactedText(value: unknown, maxCharacters: number): string {
  const text = JSON.stringify(redacted(value, 0)) ?? "null";
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters - 1)}…` : text;
}

function redacted(value: unknown, depth: number): unknown {
  if (typeof value === "string") {
    const safe = value.replace(SECRET, REDACTED);
    return safe.length > MAX_TEXT_CHARACTERS
      ? `${safe.slice(0, MAX_TEXT_CHARACTERS)}… (${value.length} characters)`
      : safe;
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (depth >= MAX_DEPTH) {
    return "…";
  }
  if (Array.isArray(value)) {
    return value.slice(0, MAX_TEXT_CHARACTERS).map((each) => redacted(each, depth + 1));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      TELLING.test(name) ? REDACTED : redacted(inner, depth + 1),
    ]),
  );
}
