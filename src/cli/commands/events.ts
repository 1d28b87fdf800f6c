import { REASON_OPTION } from "../allOptions.ts";
import type { Command } from "../Command.ts";
import { cancelReplay } from "./events/cancelReplay.ts";
import { listEvents } from "./events/listEvents.ts";
import { markDead } from "./events/markDead.ts";
import { replayEvents } from "./events/replayEvents.ts";
import { retryEvent } from "./events/retryEvent.ts";
import { showEvent } from "./events/showEvent.ts";
import { EVENT_STATUSES } from "./events/statuses.ts";
import { tailEvents } from "./events/tailEvents.ts";

export const eventsCommand: Command = {
  name: "events",
  summary: "look for events, and have them take effect again",
  description: `Looks for events in the ledger, and has them take effect again, by the same rule: what was applied already
changes nothing. An event that is marked dead is tried no more, not even by a replay of many, until a replay
names that event alone; marking it changes no plan.

ID is Stripe's id of an event, or the ledger's. TIME is like 2026-11-24T03:00Z, or how long ago, like 36h.`,
  usage: [
    "[list] [--of ID] [--status STATUS] [--type TYPE] [--from TIME] [--to TIME] [--limit N]",
    "show ID [--body]",
    "replay ID [--reason TEXT]",
    "replay [--status STATUS] [--type TYPE] [--from TIME] [--to TIME] [--no-wait] [--reason TEXT]",
    "cancel [--reason TEXT]",
    "retry ID [--reason TEXT]",
    "dead ID --reason TEXT",
    "tail",
  ],
  where: ["data directory", "gateway", "Convex"],
  options: {
    of: {
      type: "string",
      value: "ID",
      text: `list what an id means, or how it begins: of an event, an object, a customer, a plan or an
owner`,
    },
    status: {
      type: "string",
      value: "STATUS",
      choices: EVENT_STATUSES,
      text: `only with this status: ${EVENT_STATUSES.join(", ")}`,
    },
    type: { type: "string", value: "TYPE", text: "only of this type, like invoice.paid" },
    from: { type: "string", value: "TIME", text: "only received from then on" },
    to: { type: "string", value: "TIME", text: "only received before" },
    limit: { type: "string", value: "N", text: "list at most so many, up to 10000 (50)" },
    body: { type: "boolean", text: "show also what Stripe sent, personal data included" },
    "no-wait": { type: "boolean", text: "do not wait until a replay of many is over" },
    ...REASON_OPTION,
  },
  examples: [
    "events --of cus_NffrFeUfNV2Hib",
    "events --status failed --from 24h",
    "events show evt_1NG8Du2eZvKYlo2CUI79vXWy",
    'events replay --status dead --reason "mended the catalog"',
    'events retry evt_1NG8Du2eZvKYlo2CUI79vXWy --reason "asked by support"',
    'events dead evt_1NG8Du2eZvKYlo2CUI79vXWy --reason "made by a test"',
    "events tail --json",
  ],
  does: {
    list: { summary: "the ledger, newest first", run: listEvents },
    show: {
      summary: "one event: what became of it, its evidence, what it changed",
      run: showEvent,
    },
    replay: { summary: "let one, or all that match, take effect again", run: replayEvents },
    cancel: { summary: "end the replay of many that runs, where it stands", run: cancelReplay },
    retry: { summary: "try one that failed, or is dead, at once", run: retryEvent },
    dead: { summary: "have one that waits be tried no more", run: markDead },
    tail: { summary: "show events as they come, until Ctrl+C", run: tailEvents },
  },
};
