import { type CommandInput, noPositional } from "../../Command.ts";
import type { Connection } from "../../deployment/Connection.ts";
import { requireRunning, withConnection } from "../../deployment/connect.ts";
import { eventLine, type ListedEvent } from "./eventLine.ts";

const PAGE = 50;

/** Of a burst only so many are shown. */
const MAX_AT_ONCE = 1_000;

/** Shows events as they come into the ledger. */
export async function tailEvents(input: CommandInput): Promise<number> {
  noPositional(input);
  const { out } = input;
  return await withConnection(input, async (connection) => {
    const { watch } = requireRunning(connection, "A tail");
    let newest: ListedEvent | null | undefined;
    const newestOnly = { paginationOpts: { numItems: 1, cursor: null } };
    return await watch("events:list", newestOnly, async (result) => {
      const [event = null] = (result as { page: ListedEvent[] }).page;
      if (newest === undefined) {
        out.note(`Watching ${connection.name}. Stop with Ctrl+C.`);
      } else if (event !== null && event._id !== newest?._id) {
        const { events, hasMore } = await eventsSince(connection, newest?._id ?? null);
        if (hasMore) {
          out.note(`Only the newest ${events.length} of many are shown.`);
        }
        for (const each of events) {
          out.line(each, eventLine(each, out));
        }
        newest = events.at(-1) ?? event;
        return;
      }
      newest = event;
    });
  });
}

/** The events that came after this one, oldest first. */
async function eventsSince(
  { call }: Connection,
  eventId: string | null,
): Promise<{ events: ListedEvent[]; hasMore: boolean }> {
  const events: ListedEvent[] = [];
  let cursor: string | null = null;
  while (events.length < MAX_AT_ONCE) {
    const paginationOpts = { numItems: PAGE, cursor };
    const page = (await call("events:list", { paginationOpts })) as {
      page: ListedEvent[];
      isDone: boolean;
      continueCursor: string;
    };
    const seenAt = page.page.findIndex(({ _id }) => _id === eventId);
    events.push(...(seenAt < 0 ? page.page : page.page.slice(0, seenAt)));
    if (seenAt >= 0 || page.isDone) {
      return { events: events.toReversed(), hasMore: false };
    }
    cursor = page.continueCursor;
  }
  return { events: events.toReversed(), hasMore: true };
}
