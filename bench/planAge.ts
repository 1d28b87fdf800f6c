import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Output } from "../src/cli/Output.ts";
import { Progress } from "../src/cli/Progress.ts";
import { openNodeSqliteStore } from "../src/hosts/node/nodeSqliteStore.ts";
import { alternate, report } from "./engine/alternate.ts";
import { openGatewayInProcess } from "./gateway/openGatewayInProcess.ts";

/**
 * What an event costs for a plan that has seen 10,000, beside one that has seen 10: npm run bench:plan-age
 *
 * Both are of one gateway, so that only the plan's own past differs. One event under each disk sync.
 */
const PAST_EVENTS = { young: 10, old: 10_000 };
const ROUNDS = 25;
const EVENTS_PER_ROUND = 20;
const OLD_SUBSCRIPTION = 0;

const directory = mkdtempSync(join(tmpdir(), "bench-plan-age-"));
try {
  const gateway = await openGatewayInProcess(
    openNodeSqliteStore({ path: join(directory, "tollgate.sqlite") }),
  );
  const progress = new Progress(new Output(process, false), "events of the old plan");
  for (let event = 1; event <= PAST_EVENTS.old; event++) {
    await gateway.takeInAbout(OLD_SUBSCRIPTION);
    progress.update(event, PAST_EVENTS.old);
  }
  progress.stop();
  // Each round has a young plan of its own: it would grow old on the way.
  let young = OLD_SUBSCRIPTION;
  const takeIn = async (subscription: number, events: number) => {
    for (let event = 0; event < events; event++) {
      await gateway.takeInAbout(subscription);
    }
  };
  const youngPlans = Array.from({ length: ROUNDS + 1 }, (_, round) => round + 1);
  for (const subscription of youngPlans) {
    await takeIn(subscription, PAST_EVENTS.young);
  }
  const measured = await alternate(
    [
      {
        name: `after ${PAST_EVENTS.young} events`,
        count: EVENTS_PER_ROUND,
        run: () => takeIn(++young, EVENTS_PER_ROUND),
      },
      {
        name: `after ${PAST_EVENTS.old.toLocaleString("en")} events`,
        count: EVENTS_PER_ROUND,
        run: () => takeIn(OLD_SUBSCRIPTION, EVENTS_PER_ROUND),
      },
    ],
    ROUNDS,
  );
  report("An event, as the plan grows old", measured);
} finally {
  rmSync(directory, { recursive: true });
}
