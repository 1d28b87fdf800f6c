import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { MissingPeerError } from "./Contestant.ts";

/** Where a native addon finds the headers of the Node that runs this. */
const NODE_DIRECTORY = dirname(dirname(process.execPath));

/**
 * The folder of a contestant, with the packages of its lock file, which are installed when they are not
 * there.
 *
 * @throws MissingPeerError when they cannot be
 */
export async function installed(name: string): Promise<string> {
  const folder = join(import.meta.dirname, "contestants", name);
  if (!existsSync(join(folder, "node_modules"))) {
    process.stderr.write(`installing the packages of ${name}\n`);
    try {
      await promisify(execFile)("npm", ["ci", `--nodedir=${NODE_DIRECTORY}`], { cwd: folder });
    } catch (error) {
      const { stderr = "" } = error as { stderr?: string };
      throw new MissingPeerError(`its packages cannot be installed: ${stderr.slice(0, 500)}`);
    }
  }
  return folder;
}
