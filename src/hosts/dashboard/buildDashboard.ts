import { readFile } from "node:fs/promises";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../../dashboard");

/** Where its page stands. */
export const DASHBOARD_PATH = "/dashboard";

/** A file of the dashboard as a browser gets it. */
export interface DashboardFile {
  /** "/dashboard/main-ABCD2345.js" */
  path: string;
  type: string;
  body: Uint8Array<ArrayBuffer>;
  /** Its name changes with what is in it. */
  isImmutable: boolean;
}

/**
 * Bundles the dashboard: one page, one script, one style. Takes about a quarter of a second, and writes
 * nothing: a host keeps the files in memory or puts them where it serves from.
 *
 * @throws Error with what is wrong in the sources
 */
export async function buildDashboard(): Promise<DashboardFile[]> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    absWorkingDir: FOLDER,
    entryPoints: ["main.tsx"],
    entryNames: "[name]-[hash]",
    outdir: FOLDER,
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome123", "firefox120", "safari17.5"],
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "none",
    logLevel: "silent",
  });
  const built = outputFiles.map(({ path, contents }) => ({
    path: `${DASHBOARD_PATH}/${path.slice(FOLDER.length + 1)}`,
    type: path.endsWith(".css") ? "text/css" : "text/javascript",
    body: new Uint8Array(contents),
    isImmutable: true,
  }));
  let page = await readFile(join(FOLDER, "index.html"), "utf8");
  for (const { path } of built) {
    page = page.replace(path.replace(/-[A-Z0-9]+\./, "."), path);
  }
  const icon = new Uint8Array(await readFile(join(FOLDER, "icon.svg")));
  return [
    ...built,
    file(DASHBOARD_PATH, "text/html", new TextEncoder().encode(page)),
    file(`${DASHBOARD_PATH}/icon.svg`, "image/svg+xml", icon),
  ];
}

function file(path: string, type: string, body: Uint8Array<ArrayBuffer>): DashboardFile {
  return { path, type, body, isImmutable: false };
}
