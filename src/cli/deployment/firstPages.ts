import type { Connection } from "./Connection.ts";

/** Pages may be empty and not the last: so many in a row are the end of patience. */
const MAX_PAGES = 1_000;

/** The first items of a query with pages, at most `limit`. @throws as `Connection.call` */
export async function firstPages<Item>(
  { call }: Pick<Connection, "call">,
  path: string,
  args: object,
  limit: number,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < MAX_PAGES && items.length < limit; pages++) {
    const paginationOpts = { numItems: Math.min(200, limit - items.length), cursor };
    const page = (await call(path, { ...args, paginationOpts })) as {
      page: Item[];
      isDone: boolean;
      continueCursor: string;
    };
    items.push(...page.page);
    if (page.isDone) {
      break;
    }
    cursor = page.continueCursor;
  }
  return items.slice(0, limit);
}
