import { expect, test } from "vitest";
import type { PlaceName } from "./Place.ts";
import { CONTRACT } from "./promises.ts";

const PLACES: readonly PlaceName[] = ["memory", "Node with SQLite", "workerd", "convex-test"];

const HEADER = `# The contract

The same bodies (\`tests/contract/promises.ts\`) run at every place over HTTP, WebSocket and signed events, with
a restart and a clock that is moved. Promises that are not here are proven at one place, by the tests that carry
their number. \`npx vitest run -u tests/contract/table.test.ts\` writes this page; the same test fails when it is
stale.

On workerd the objects are the real ones in the real runtime, and a restart is \`kill -9\`. \`convex-test\` is the
official stand-in for a Convex deployment; the real one was not reached.

`;

function table(): string {
  const reasons: string[] = [];
  const rows = CONTRACT.map(({ promises, what, skipped }) => {
    const cells = PLACES.map((place) => {
      const reason = skipped?.[place];
      if (reason === undefined) {
        return "yes";
      }
      const note = `${place} ${reason}`;
      if (!reasons.includes(note)) {
        reasons.push(note);
      }
      return `no (${reasons.indexOf(note) + 1})`;
    });
    return `| ${[promises.join(", "), what, ...cells].join(" | ")} |`;
  });
  return [
    `| promise | what | ${PLACES.join(" | ")} |`,
    `|---|---|${"---|".repeat(PLACES.length)}`,
    ...rows,
    "",
    ...reasons.map((reason, i) => `${i + 1}. ${reason}.`),
    "",
  ].join("\n");
}

test("docs/contract.md is the table of the contract", async () => {
  await expect(HEADER + table()).toMatchFileSnapshot("../../docs/contract.md");
});
