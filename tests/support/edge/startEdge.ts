import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";

const ROOT = join(import.meta.dirname, "../../..");
const WRANGLER = readFileSync(join(ROOT, "wrangler.toml"), "utf8");

/** The Worker and its objects in the real workerd, reached over HTTP. */
export interface Edge {
  readonly url: string;
  /** Moves the clock of the Worker and runs what the gateway has due. */
  advance(ms: number): Promise<void>;
  /** "" for none; see `faultyState`. */
  fail(what: "" | "store" | "commit"): Promise<void>;
  /** Takes the gateway's object out of memory, as the platform does when it moves or sleeps. */
  evict(webSockets: "close" | "hibernate"): Promise<void>;
  /** Ends workerd with `kill -9`. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param options.persistence folder that outlives it; without one, the objects' databases die with it
 * @param options.entry what is bundled: the test Worker unless told
 */
export async function startEdge({
  bindings,
  persistence,
  entry = join(import.meta.dirname, "testWorker.ts"),
}: {
  bindings: Record<string, string>;
  persistence?: string;
  entry?: string;
}): Promise<Edge> {
  const before = workerdProcesses();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "tollgate",
      modules: [{ type: "ESModule", path: "worker.js", contents: await bundled(entry) }],
      compatibilityDate: settingOf("compatibility_date"),
      compatibilityFlags: ["nodejs_als"],
      bindings,
      durableObjects: {
        GATEWAY: { className: "GatewayObject", useSQLite: true },
        RELAY: { className: "RelayObject", useSQLite: true },
      },
      log: new Log(LogLevel.NONE),
      handleRuntimeStdio: (out: NodeJS.ReadableStream, error: NodeJS.ReadableStream) => {
        out.resume();
        error.resume();
      },
      ...(persistence && { resourcePersistencePath: persistence }),
    }),
  );
  const url = (await miniflare.ready).origin;
  const own = workerdProcesses().filter((pid) => !before.includes(pid));
  const control = async (path: string): Promise<void> => {
    const response = await fetch(`${url}/__test/${path}`);
    await response.arrayBuffer();
  };
  return {
    url,
    advance: (ms) => control(`advance?ms=${ms}`),
    fail: (what) => control(`fail?what=${what}`),
    evict: (webSockets) =>
      miniflare.unsafeEvictDurableObject("tollgate", "GatewayObject", {
        name: "own:test",
        webSockets,
      }),
    kill: async () => {
      for (const pid of own) {
        process.kill(pid, "SIGKILL");
      }
      await miniflare.dispose().catch(() => undefined);
    },
    close: () => miniflare.dispose(),
  };
}

function settingOf(name: string): string {
  return new RegExp(`^${name} = "(.+)"`, "m").exec(WRANGLER)?.[1] ?? "";
}

const bundles = new Map<string, string>();

async function bundled(entry: string): Promise<string> {
  const known = bundles.get(entry);
  if (known !== undefined) {
    return known;
  }
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    conditions: ["workerd", "worker", "browser"],
    alias: { vitest: join(import.meta.dirname, "vitestInWorkerd.ts") },
    external: ["cloudflare:workers", "node:async_hooks"],
    define: { "process.env.NODE_ENV": '"production"' },
    keepNames: true,
  });
  const text = outputFiles[0]?.text ?? "";
  bundles.set(entry, text);
  return text;
}

/** Those that this process started. Linux only; elsewhere nothing is found, and `kill` is an orderly end. */
function workerdProcesses(): number[] {
  try {
    const text = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
    const children = text.split(" ").filter(Boolean).map(Number);
    return children.filter((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("workerd"),
    );
  } catch {
    return [];
  }
}
