import { startWatchdog } from "../../src/hosts/node/watchdog.ts";

/** Run as a process of its own: watched, it does what its argument says for two seconds. */
const [what = "idle"] = process.argv.slice(2);
const stop = startWatchdog(500);
const end = process.hrtime.bigint() + 2_000_000_000n;
await new Promise((resolve) => setTimeout(resolve, 200));
if (what === "stop") {
  await stop();
}
while (process.hrtime.bigint() < end) {
  if (what === "idle") {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
process.stdout.write("survived\n");
