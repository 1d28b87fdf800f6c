import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildDashboard, DASHBOARD_PATH } from "./buildDashboard.ts";
import { dashboardHeaders } from "./dashboardHeaders.ts";

/**
 * Writes the dashboard as static assets of Cloudflare, in place of what is in the folder: the files, and in
 * `_headers` what they are answered with, the same as on Node.
 *
 * Source of the format: https://developers.cloudflare.com/workers/static-assets/headers/
 *
 * @throws Error with what is wrong in the dashboard's sources; the folder stays as it was
 */
export async function writeAssets(directory: string): Promise<void> {
  const files = await buildDashboard();
  await rm(directory, { recursive: true, force: true });
  for (const { path, body } of files) {
    // Served without the ending.
    const file = join(directory, path === DASHBOARD_PATH ? `${path}.html` : path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, body);
  }
  const rules = files.map((file) => {
    const lines = Object.entries(dashboardHeaders(file)).map(
      ([name, value]) => `  ${name}: ${value}\n`,
    );
    return `${file.path}\n${lines.join("")}`;
  });
  await writeFile(join(directory, "_headers"), rules.join("\n"));
}
