import type { Value } from "convex/values";
import { type NOT_SIMPLE, simpleCopy } from "../../values/simpleCopy.ts";
import type { DirectAccess } from "./DirectAccess.ts";
import { DirectQueryInitializer } from "./DirectQueryInitializer.ts";
import type { PackageDatabase } from "./packageContext.ts";

type Method = (...args: unknown[]) => unknown;

/**
 * `ctx.db` without JSON for what functions do most: reading documents, and writing simple values. All
 * else, wrong arguments included, goes on to the package's own `ctx.db`, so its words and rules hold.
 *
 * @returns plain objects of functions that need no `this`, as the package's are: functions spread them
 */
export function directDatabase(access: DirectAccess, original: PackageDatabase): object {
  const read = readers(access, original, false);
  const system = { ...readers(access, original.system, true), table: original.system.table };
  if (original.insert === undefined) {
    return { ...read, system, table: original.table };
  }
  return {
    ...read,
    system,
    ...writers(access, original),
    table: original.table,
    vars: { ...original.vars },
  };
}

function readers(
  access: DirectAccess,
  original: Omit<PackageDatabase, "system">,
  isSystem: boolean,
): Record<string, Method> {
  return {
    get: async (...args) => {
      const [table, id] = withTable(args);
      return typeof id === "string" && isTable(table)
        ? await access.get(id, table, isSystem)
        : await original.get(...args);
    },
    query: (table) =>
      typeof table === "string" && table.startsWith("_") === isSystem
        ? new DirectQueryInitializer(table, access)
        : original.query(table),
    normalizeId: original.normalizeId,
  };
}

function writers(access: DirectAccess, original: PackageDatabase): Record<string, Method> {
  return {
    insert: async (table, value) => {
      const fields = fieldsOf(value);
      return typeof table === "string" && !table.startsWith("_") && fields !== null
        ? await access.insert(table, fields)
        : await original.insert?.(table, value);
    },
    patch: async (...args) => {
      const [table, id, value] = withTable(args, 2);
      const fields = patchOf(value);
      await (typeof id === "string" && isTable(table) && fields !== null
        ? access.patch(id, fields, table)
        : original.patch?.(...args));
    },
    replace: async (...args) => {
      const [table, id, value] = withTable(args, 2);
      const fields = fieldsOf(value);
      await (typeof id === "string" && isTable(table) && fields !== null
        ? access.replace(id, fields, table)
        : original.replace?.(...args));
    },
    delete: async (...args) => {
      const [table, id] = withTable(args);
      await (typeof id === "string" && isTable(table)
        ? access.delete(id, table)
        : original.delete?.(...args));
    },
  };
}

/** Methods take the table first, or not at all, as they did in earlier versions. */
function withTable(args: readonly unknown[], last = 1): readonly unknown[] {
  return args[last] === undefined ? [undefined, ...args] : args;
}

function isTable(table: unknown): table is string | undefined {
  return table === undefined || typeof table === "string";
}

/** Null for what is no object of simple values. */
function fieldsOf(value: unknown): Record<string, Value> | null {
  const copy = simpleCopy(value);
  return isFields(copy) ? copy : null;
}

/** A field that is `undefined` deletes, and stays. */
function patchOf(value: unknown): Record<string, Value | undefined> | null {
  const fields: Record<string, Value | undefined> | null = fieldsOf(value);
  if (fields !== null) {
    for (const name of Object.keys(value as object)) {
      if (!Object.hasOwn(fields, name)) {
        fields[name] = undefined;
      }
    }
  }
  return fields;
}

function isFields(copy: Value | typeof NOT_SIMPLE): copy is Record<string, Value> {
  return typeof copy === "object" && copy !== null && !Array.isArray(copy);
}
