import { getHeapSpaceStatistics } from "node:v8";
import { boundHeap } from "../../src/hosts/node/boundHeap.ts";

/** Run as a process of its own: holds some 20 MB, always others, and writes how many MB the old generation took. */
if (process.argv[2] === "bound") {
  boundHeap();
}
const HELD = 400;
const held: object[] = [];
let greatest = 0;
for (let round = 0; round < 6_000; round++) {
  held.push(Array.from({ length: 1_000 }, (_, place) => ({ round, place })));
  if (held.length > HELD) {
    held.shift();
  }
  const old = getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space");
  greatest = Math.max(greatest, old?.space_size ?? 0);
}
process.stdout.write(`${Math.round(greatest / 1e6)}\n`);
