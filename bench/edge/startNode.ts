import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../../src/hosts/node.ts");

/** The gateway on Node with SQLite, in a process of its own. */
export async function startNode(secret: string): Promise<{ url: string; close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "tollgate-bench-"));
  const child = spawn(process.execPath, [MAIN], {
    env: { PORT: "0", TOLLGATE_DATA: directory, STRIPE_WEBHOOK_SECRET: secret },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk);
    const [, url] = /listening\s+(http:\S+)[\s\S]*Stop it with/.exec(output) ?? [];
    if (url !== undefined) {
      child.stdout.resume();
      return {
        url,
        close: async () => {
          child.kill();
          await once(child, "exit");
          await rm(directory, { recursive: true, force: true });
        },
      };
    }
  }
  throw new Error(output);
}
