import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { problemsOf } from "../hosts/worker/configuration.ts";
import { bundleParts, type Metafile } from "./edge/bundleParts.ts";
import { DEV_SECRETS_FILE, readSecrets } from "./edge/secretsFile.ts";

const ROOT = join(import.meta.dirname, "../..");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

/** The objects that the Worker's code asks for. */
const BINDINGS = ["GATEWAY", "RELAY"];

const HELP = `Checks a deployment to Cloudflare without deploying: secrets, bindings, and the bundle as wrangler makes it.

Usage: npm run edge:check [-- --secrets FILE]

  --secrets FILE   NAME=value lines, as given to wrangler deploy --secrets-file (${DEV_SECRETS_FILE})

Exit codes: 0 deployable, 1 something is missing or wrong (named), 2 wrong usage.
`;

async function main(): Promise<number> {
  let file: string;
  try {
    const { values } = parseArgs({
      options: { secrets: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    file = values.secrets ?? DEV_SECRETS_FILE;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  const problems = [...problemsOf(readSecrets(file)), ...(await bindingProblems())];
  if (problems.length > 0) {
    process.stderr.write(`Not deployable (secrets from ${file}):\n  ${problems.join("\n  ")}\n`);
    return 1;
  }
  process.stdout.write(await bundleText());
  return 0;
}

async function bindingProblems(): Promise<string[]> {
  const text = await readFile(join(ROOT, "wrangler.toml"), "utf8");
  return BINDINGS.filter((name) => !text.includes(`\nname = "${name}"\n`)).map(
    (name) => `${name} is missing: wrangler.toml must bind the Durable Object`,
  );
}

/** @throws what wrangler says when the bundle cannot be made */
async function bundleText(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "tollgate-edge-"));
  try {
    const metafile = join(directory, "meta.json");
    const args = ["deploy", "--dry-run", "--outdir", directory, "--metafile", metafile];
    await promisify(execFile)(process.execPath, [WRANGLER, ...args], { cwd: ROOT });
    const bundle = await readFile(join(directory, "worker.js"));
    const parts = bundleParts(JSON.parse(await readFile(metafile, "utf8")) as Metafile);
    const lines = parts.map(([part, bytes]) => `  ${kib(bytes).padStart(10)}  ${part}\n`);
    return `Deployable. Bundle: ${kib(bundle.length)}, gzip ${kib(gzipSync(bundle).length)}; in it:\n${lines.join("")}`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function kib(bytes: number): string {
  return `${(bytes / 1_024).toFixed(1)} KiB`;
}

process.exitCode = await main();
