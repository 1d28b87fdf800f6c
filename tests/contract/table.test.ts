import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CONTRACT } from "./contract.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { PLACES } from "./Place.ts";

const HEADER = `# The contract

The same bodies (\`tests/contract/cases\`) run at every place over HTTP, WebSocket and signed events, with a Stripe
API and an issuer beside, a restart, a store that fails, and a clock that is moved.
\`npx vitest run tests/contract/table.test.ts -u\` writes this page; the same test fails when it is stale, and when a
promise of [SPEC.md](SPEC.md) is neither in the first table nor, with its reason, in the second.

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

function elsewhereTable(): string {
  const rows = ELSEWHERE.map((each) => {
    const which = "letter" in each ? `all other ${each.letter}` : each.promises.join(", ");
    return `| ${which} | ${each.reason} |\n`;
  }).join("");
  return `
## Proven at one place

By the tests that carry their number (\`npx vitest run -t V5\`).

| promise | why not everywhere |
|---|---|
${rows}`;
}

test("every promise of docs/SPEC.md is in the contract or has its reason, and no other is", () => {
  const spec = readFileSync(join(import.meta.dirname, "../../docs/SPEC.md"), "utf8");
  const promised = [...spec.matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, number = ""]) => number);
  const inContract = new Set(CONTRACT.flatMap(({ promises }) => promises));
  const letters = ELSEWHERE.flatMap((each) => ("letter" in each ? [each.letter] : []));
  const named = ELSEWHERE.flatMap((each) => ("promises" in each ? each.promises : []));
  expect(named.filter((number) => inContract.has(number))).toEqual([]);
  const accountedFor = new Set([...inContract, ...named]);
  const missing = promised.filter((number) => !accountedFor.has(number));
  expect(missing.filter(([letter = ""]) => !letters.includes(letter))).toEqual([]);
  expect([...accountedFor].filter((number) => !promised.includes(number))).toEqual([]);
});

test("docs/contract.md is the table of the contract", async () => {
  await expect(HEADER + table() + elsewhereTable()).toMatchFileSnapshot("../../docs/contract.md");
});
