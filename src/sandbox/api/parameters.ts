import { z } from "zod";
import { SANDBOX_LIMITS } from "../limits.ts";

/** Parameter types. Everything arrives as text; an empty text clears what can be cleared. */

export const text = z.string().min(1).max(SANDBOX_LIMITS.textLength);

export const integer = z
  .string()
  .regex(/^-?\d{1,12}$/)
  .transform(Number);

export const amount = z
  .string()
  .regex(/^\d{1,8}$/)
  .transform(Number);

export const flag = z.enum(["true", "false"]).transform((value) => value === "true");

/** Unix seconds. */
export const timestamp = z
  .string()
  .regex(/^\d{1,11}$/)
  .transform(Number);

export const currency = z
  .string()
  .regex(/^[A-Za-z]{3}$/)
  .transform((value) => value.toLowerCase());

/** A web address that a buyer's browser may be sent to. */
export const webUrl = z
  .string()
  .max(SANDBOX_LIMITS.textLength)
  .refine((value) => /^https?:\/\/[^/]/.test(value) && URL.canParse(value), "Not a valid URL");

export function clearable<T extends z.ZodType>(type: T) {
  return z.union([z.literal("").transform(() => null), type]);
}

/** A list; the SDK writes an empty one as an empty text. */
export function list<T extends z.ZodType>(type: T, max: number = SANDBOX_LIMITS.items) {
  return z.union([z.literal("").transform((): z.output<T>[] => []), z.array(type).max(max)]);
}

const metadataEntries = z.record(
  z.string().max(SANDBOX_LIMITS.metadataKeyLength),
  z.string().max(SANDBOX_LIMITS.metadataValueLength),
);

/** Keys with texts; an empty text removes its key, an empty text for the whole removes all of them. */
export const metadata = clearable(
  metadataEntries.refine(
    (value) => Object.keys(value).length <= SANDBOX_LIMITS.metadataKeys,
    `at most ${SANDBOX_LIMITS.metadataKeys} keys`,
  ),
);

/** `former` with the keys of `change` put in or taken out. */
export function mergeMetadata(
  former: Record<string, string>,
  change: Record<string, string> | null | undefined,
): Record<string, string> {
  if (change === null) {
    return {};
  }
  const merged = Object.entries({ ...former, ...change }).filter(([, value]) => value !== "");
  return Object.fromEntries(merged);
}

/** `created` and its like in lists: one moment or a range. */
export const range = z.union([
  timestamp.transform((value) => ({ gte: value, lte: value })),
  z.strictObject({
    gt: timestamp.optional(),
    gte: timestamp.optional(),
    lt: timestamp.optional(),
    lte: timestamp.optional(),
  }),
]);

export type Range = {
  gt?: number | undefined;
  gte?: number | undefined;
  lt?: number | undefined;
  lte?: number | undefined;
};

export function inRange(value: number, wanted: Range | undefined): boolean {
  return (
    wanted === undefined ||
    (value > (wanted.gt ?? Number.NEGATIVE_INFINITY) &&
      value >= (wanted.gte ?? Number.NEGATIVE_INFINITY) &&
      value < (wanted.lt ?? Number.POSITIVE_INFINITY) &&
      value <= (wanted.lte ?? Number.POSITIVE_INFINITY))
  );
}

/** The parameters of every list. */
export const paging = {
  limit: integer.pipe(z.int().min(1).max(SANDBOX_LIMITS.pageSize)).optional(),
  starting_after: text.optional(),
  ending_before: text.optional(),
};
