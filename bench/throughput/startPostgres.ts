import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { MissingPeerError } from "./Contestant.ts";

const run = promisify(execFile);

/** Where Debian's package puts the servers, by version. */
const DEBIAN = "/usr/lib/postgresql";
const READY_WITHIN_MS = 20_000;

export interface Postgres {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL server with its default settings on a free port of this machine, with its data in
 * `directory`. As root, by the user `postgres`: it refuses to run as root.
 *
 * @throws MissingPeerError when there is no PostgreSQL here
 */
export async function startPostgres(directory: string): Promise<Postgres> {
  const bin = binaries();
  const data = join(directory, "postgres");
  mkdirSync(data, { mode: 0o700 });
  const user = process.getuid?.() === 0 ? await idsOf("postgres") : null;
  if (user !== null) {
    chownSync(directory, user.uid, user.gid);
    chownSync(data, user.uid, user.gid);
  }
  const initial = ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"];
  await run(join(bin, "initdb"), initial, { ...user });
  const port = await freePort();
  const server = spawn(
    join(bin, "postgres"),
    ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", data],
    { ...user, stdio: "ignore" },
  );
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await ready(bin, port);
  return {
    url,
    pid: server.pid as number,
    stop: async () => {
      const ended = once(server, "exit");
      server.kill("SIGINT");
      await ended;
    },
  };
}

function binaries(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number) : [];
  if (versions.length === 0) {
    throw new MissingPeerError("there is no PostgreSQL here (Debian: apt install postgresql)");
  }
  return join(DEBIAN, String(Math.max(...versions)), "bin");
}

async function idsOf(name: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, name])).stdout)),
  );
  return { uid: uid as number, gid: gid as number };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function ready(bin: string, port: number): Promise<void> {
  const untilMs = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      await run(join(bin, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]);
      return;
    } catch (error) {
      if (Date.now() > untilMs) {
        throw new MissingPeerError("PostgreSQL does not become ready", { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
