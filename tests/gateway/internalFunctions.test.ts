import {
  internalActionGeneric,
  internalMutationGeneric,
  internalQueryGeneric,
  queryGeneric,
} from "convex/server";
import { v } from "convex/values";
import { beforeEach, describe, expect, test } from "vitest";
import { createConvexHttpApi } from "../../src/engine/http/convexHttpApi.ts";
import { systemRandom } from "../../src/hosts/node/systemPorts.ts";
import { type EngineServer, serveTestEngine } from "../support/engineServer.ts";
import { openTestEngine, silentLog } from "../support/testEngine.ts";

let runs = 0;
const count = () => {
  runs++;
  return null;
};

const modules = {
  notes: {
    list: queryGeneric(() => []),
    secretQuery: internalQueryGeneric({ args: { text: v.string() }, handler: count }),
    secretWrite: internalMutationGeneric({ args: { text: v.string() }, handler: count }),
    secretDeeds: internalActionGeneric(count),
  },
  "deep/cellar": { secretQuery: internalQueryGeneric(count) },
  hidden: { default: internalMutationGeneric(count) },
};

/** A path with a part of it that is there, and one of the same length that is not. */
const PAIRS: [path: string, there: string, missing: string][] = [
  ["notes:secretQuery", "secretQuery", "absentQuery"],
  ["notes:secretWrite", "secretWrite", "absentWrite"],
  ["notes:secretDeeds", "secretDeeds", "absentDeeds"],
  ["deep/cellar:secretQuery", "secretQuery", "absentQuery"],
  ["deep/cellar:secretQuery", "cellar", "desert"],
  ["hidden:default", "hidden", "absent"],
  ["hidden", "hidden", "absent"],
  ["_system/cli/tables", "tables", "chairs"],
  ["_system/cli/modules:apiSpec", "apiSpec", "apiLost"],
  ["_system/cli/queryEnvironmentVariables", "queryEnvironment", "queryEnchantment"],
  ["_system/cli/queryEnvironmentVariables:get", "get", "nil"],
];

const SPELLINGS: [string, (path: string) => string][] = [
  ["as it is", (path) => path],
  ["with .js", (path) => path.replace(/^[^:]+/, "$&.js")],
  ["with .ts", (path) => path.replace(/^[^:]+/, "$&.ts")],
  ["with .js twice", (path) => path.replace(/^[^:]+/, "$&.js.js")],
  ["as a reference", (path) => `internal.${path.replaceAll(/[/:]/g, ".")}`],
  ["as a public reference", (path) => `api.${path.replaceAll(/[/:]/g, ".")}`],
  ["below internal/", (path) => `internal/${path}`],
  ["with slashes only", (path) => path.replaceAll(":", "/")],
  ["with a double colon", (path) => path.replace(":", "::")],
  ["with a colon at the end", (path) => `${path}:`],
  ["with a dot folder", (path) => `./${path}`],
  ["with a leading slash", (path) => `/${path}`],
  ["with a folder and back", (path) => `x/../${path}`],
  ["with a double slash", (path) => path.replace("/", "//")],
  ["with a backslash", (path) => path.replace("/", "\\")],
  ["in capitals", (path) => path.toUpperCase()],
  ["with a space before", (path) => ` ${path}`],
  ["with a space after", (path) => `${path} `],
  ["with a line break", (path) => `${path}\n`],
  ["with a NUL", (path) => `${path}\0`],
  ["with a zero-width space", (path) => `${path}\u200b`],
  ["percent-encoded", (path) => encodeURIComponent(path)],
  ["as a function handle", (path) => `function://;${path}`],
  ["with a query string", (path) => `${path}?x=1`],
];

type Request = (server: EngineServer, path: string) => Promise<Response>;

const post =
  (endpoint: string, body: (path: string) => object): Request =>
  ({ url }, path) =>
    fetch(`${url}${endpoint}`, { method: "POST", body: JSON.stringify(body(path)) });

const call = (path: string) => ({ path, args: { text: 1 } });

const REQUESTS: [string, Request][] = [
  ["POST /api/query", post("/api/query", call)],
  ["POST /api/mutation", post("/api/mutation", call)],
  ["POST /api/action", post("/api/action", call)],
  ["POST /api/function", post("/api/function", call)],
  [
    "GET /api/query",
    ({ url }, path) => fetch(`${url}/api/query?${new URLSearchParams({ path, args: "{}" })}`),
  ],
  [
    "POST /api/run",
    ({ url }, path) =>
      fetch(`${url}/api/run/${path.replaceAll(":", "/")}`, { method: "POST", body: '{"args":{}}' }),
  ],
  [
    "POST /api/run, encoded",
    ({ url }, path) =>
      fetch(`${url}/api/run/${encodeURIComponent(path).replaceAll("%3A", "/")}`, {
        method: "POST",
        body: '{"args":{}}',
      }),
  ],
  [
    "POST /api/query_at_ts",
    async (server, path) => {
      const { ts } = (await (
        await fetch(`${server.url}/api/query_ts`, { method: "POST" })
      ).json()) as { ts: string };
      return await post("/api/query_at_ts", () => ({ ...call(path), ts }))(server, path);
    },
  ],
  [
    "POST /api/query_batch",
    post("/api/query_batch", (path) => ({ queries: [call("notes:list"), call(path)] })),
  ],
];

/** What a client can tell answers by, but for the time and the random number of the request. */
async function observed(response: Response): Promise<string> {
  const { date: _, ...headers } = Object.fromEntries(response.headers);
  return JSON.stringify({ status: response.status, headers, text: await response.text() });
}

/** Asks for what is there and for what is not; both answers, told about the same name. */
async function bothAnswers(
  [path, there, missing]: [string, string, string],
  spell: (path: string) => string,
  ask: (spelled: string) => Promise<string>,
): Promise<string[]> {
  const paths = [path, path.replace(there, missing)];
  const answers = await Promise.all(paths.map((each) => ask(spell(each))));
  return answers.map((answer) =>
    answer
      .replaceAll(/Request ID: [0-9a-f]{16}/g, "Request ID: X")
      .replaceAll(there, missing)
      .replaceAll(there.toUpperCase(), missing.toUpperCase()),
  );
}

describe("C1 an internal function and one that does not exist get the same answer", () => {
  let server: EngineServer;
  beforeEach(async () => {
    runs = 0;
    server = await serveTestEngine(modules);
  });

  test.each(REQUESTS)("from %s, by every spelling", async (_, request) => {
    for (const [spelling, spell] of SPELLINGS) {
      for (const pair of PAIRS) {
        const ask = async (path: string) => await observed(await request(server, path));
        const [there, missing] = await bothAnswers(pair, spell, ask);
        expect(there, `${pair[0]} ${spelling}`).toBe(missing);
      }
    }
    expect(runs).toBe(0);
  });

  test.each(["Query", "Mutation", "Action"])("over the WebSocket, as a %s", async (type) => {
    for (const [spelling, spell] of SPELLINGS) {
      for (const pair of PAIRS) {
        const ask = (path: string) => overWebSocket(server, type, path);
        const [there, missing] = await bothAnswers(pair, spell, ask);
        expect(there, `${pair[0]} ${spelling}`).toBe(missing);
      }
    }
    expect(runs).toBe(0);
  });

  test("where a public one is found by the same requests", async () => {
    const answers = await Promise.all(
      REQUESTS.map(async ([, request]) => await (await request(server, "notes:list")).text()),
    );
    expect(answers.filter((text) => text.includes('"status":"success"'))).toHaveLength(6);
  });
});

/** The frames that answer one request, without what differs from run to run. */
async function overWebSocket({ url }: EngineServer, type: string, path: string): Promise<string> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/1.48.0/sync`);
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  const args = [{ text: 1 }];
  const sessionId = crypto.randomUUID();
  const connect = { type: "Connect", sessionId, connectionCount: 0, lastCloseReason: null };
  const add = { type: "Add", queryId: 0, udfPath: path, args };
  const request =
    type === "Query"
      ? { type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications: [add] }
      : { type, requestId: 0, udfPath: path, args };
  const frames = await new Promise<string[]>((resolve) => {
    const received: string[] = [];
    socket.addEventListener("message", ({ data }) => {
      received.push(String(data).replaceAll(/"(ts|serverTs)":("[^"]*"|[0-9.e+]+)/g, '"$1":0'));
      const done = type === "Query" ? /Transition|Error/ : /Response|Error/;
      if (done.test(String(data))) {
        resolve(received);
      }
    });
    socket.addEventListener("close", ({ code, reason }) => {
      resolve([...received, `closed ${code} ${reason}`]);
    });
    socket.send(JSON.stringify(connect));
    socket.send(JSON.stringify(request));
  });
  socket.close();
  return frames.map((frame) => frame.replace(/"clientClockSkew":[^,}]+/, "")).join("\n");
}

describe("C1 the time of the answer tells nothing", () => {
  const ROUNDS = 3_000;
  /** Medians of calls that alternate differ by noise only; a look at the function costs more. */
  const MAX_RATIO = 1.1;

  test.each(["/api/query", "/api/mutation", "/api/run/notes/secretWrite", "/api/query_batch"])(
    "at %s",
    async (endpoint) => {
      const { engine } = openTestEngine(modules);
      const api = createConvexHttpApi({
        engine,
        random: systemRandom,
        log: silentLog,
      });
      const timed = async (path: string): Promise<number> => {
        const body = { ...call(path), queries: [call(path)] };
        const url = endpoint.replace("secretWrite", path.slice("notes:".length));
        const request = new Request(`http://host${url}`, {
          method: "POST",
          body: JSON.stringify(body),
        });
        const started = performance.now();
        const response = await api(request);
        const elapsed = performance.now() - started;
        expect(await response?.text()).toContain("Could not find");
        return elapsed;
      };
      const internal: number[] = [];
      const missing: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        // Whoever comes second pays for less, so they take turns at that too.
        const isFirst = round % 2 === 0;
        missing.push(...(isFirst ? [] : [await timed("notes:absentWrite")]));
        internal.push(await timed("notes:secretWrite"));
        missing.push(...(isFirst ? [await timed("notes:absentWrite")] : []));
      }
      const ratio = median(internal) / median(missing);
      expect(Math.max(ratio, 1 / ratio)).toBeLessThan(MAX_RATIO);
    },
    60_000,
  );
});

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
