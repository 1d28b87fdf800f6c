import { showStoredVariables } from "../../engine/admin/showStoredVariables.ts";
import { Engine } from "../../engine/Engine.ts";
import { DocumentStore } from "../../engine/storage/DocumentStore.ts";
import { TableCatalog } from "../../engine/storage/TableCatalog.ts";
import { type Doors, openDoors } from "../openDoors.ts";
import { functions } from "./_generated/functions.ts";
import { AlarmTimer } from "./AlarmTimer.ts";
import { type Bindings, bindingProblems, misconfigured } from "./Bindings.ts";
import { CronRest } from "./CronRest.ts";
import { ImportDoor, isImportUnfinished, stoppedForImport } from "./ImportDoor.ts";
import { ObjectSqlStore } from "./ObjectSqlStore.ts";
import { isAllowed, parsePlace } from "./placement.ts";
import {
  workerClock,
  workerContext,
  workerFetch,
  workerLog,
  workerRandom,
  workerStopwatch,
  workerTimer,
} from "./ports.ts";
import { SyncSockets } from "./SyncSockets.ts";
import { ObjectVariables } from "./variables.ts";

/** When an alarm that failed rings again; the platform itself gives up after some tries. */
const ALARM_RETRY_MS = 10_000;

/** In the catalog: when somebody asked last. */
const ASKED_KEY = "asked_ms";

interface Opened {
  readonly cronRest: CronRest;
  readonly engine: Engine;
  readonly doors: Doors;
  readonly sockets: SyncSockets;
}

/**
 * The gateway of one place, in a Durable Object with a SQLite database of its own: the engine, functions
 * and routes that Node runs. It verifies each delivery itself, whoever hands it over.
 *
 * Guarantees: an answer leaves only after what it speaks of is durable (the output gate); a transaction is
 * stored whole or not at all, wherever the object stops; what is scheduled is run by its alarm, also when
 * nobody asks. While an import is under way, or was not finished, it serves nothing. A failure to open or to store rejects, or answers 503, and loses nothing.
 */
export class GatewayObject {
  readonly #state: ObjectState;
  readonly #bindings: Bindings;
  readonly #variables = new ObjectVariables();
  readonly #timer: AlarmTimer;
  readonly #importDoor: ImportDoor | null = null;
  #opened: Opened | null = null;

  constructor(state: ObjectState, bindings: Bindings) {
    this.#state = state;
    this.#bindings = bindings;
    const { account = null } = parsePlace(state.id.name ?? "") ?? {};
    if (account !== null && isAllowed(account, bindings["TOLLGATE_ACCOUNTS"])) {
      this.#variables.set("STRIPE_ACCOUNT", account);
    }
    this.#timer = new AlarmTimer(state.storage, (error) => logFailure("alarm_not_stored", error));
    if (bindings["TOLLGATE_IMPORT_KEY"] !== undefined) {
      this.#importDoor = new ImportDoor(state);
    } else if (bindingProblems(bindings).length === 0) {
      // When it fails, the object is reset and whoever asks next opens it anew.
      void state.blockConcurrencyWhile(() => this.#variables.run(() => this.#open()));
    }
  }

  fetch(request: Request): Promise<Response> {
    return this.#variables.run(async () => {
      if (this.#importDoor !== null) {
        return await this.#importDoor.fetch(request);
      }
      if (this.#opened === null) {
        const problems = bindingProblems(this.#bindings);
        return problems.length > 0 ? misconfigured(problems) : stoppedForImport();
      }
      this.#learnAddress(request);
      const { sockets, doors } = this.#opened;
      this.#asked(this.#opened);
      return sockets.connect(request) ?? (await doors.fetch(request, sourceOf(request)));
    });
  }

  /** Runs what is due; see {@link AlarmTimer}. */
  alarm(): Promise<void> {
    return this.#variables.run(async () => {
      try {
        this.#timer.ring();
        await this.#opened?.engine.scheduler.finishInProgress();
      } catch (error) {
        logFailure("alarm_failed", error);
        await this.#state.storage.setAlarm(workerClock.nowMs() + ALARM_RETRY_MS);
      }
    });
  }

  webSocketMessage(socket: ObjectSocket, message: string | ArrayBuffer): void {
    this.#variables.run(() => {
      if (this.#opened !== null) {
        this.#asked(this.#opened);
        this.#opened.sockets.received(socket, message);
      }
    });
  }

  webSocketClose(socket: ObjectSocket): void {
    this.#variables.run(() => this.#opened?.sockets.closed(socket));
  }

  webSocketError(socket: ObjectSocket): void {
    this.webSocketClose(socket);
  }

  async #open(): Promise<void> {
    const store = new ObjectSqlStore(this.#state.storage);
    if (isImportUnfinished(store)) {
      return;
    }
    const catalog = new TableCatalog(store);
    showStoredVariables(new DocumentStore(store, catalog), this.#variables);
    const cronRest = new CronRest(this.#timer, {
      read: () => Number(catalog.readMeta(ASKED_KEY) ?? workerClock.nowMs()),
      write: (atMs) => catalog.writeMeta(ASKED_KEY, String(atMs)),
    });
    const engine = new Engine({
      store,
      modules: functions,
      environment: this.#variables,
      clock: workerClock,
      random: workerRandom,
      timer: this.#timer,
      cronTimer: cronRest,
      stopwatch: workerStopwatch,
      fetch: workerFetch,
      context: workerContext,
      log: workerLog,
    });
    const key = this.#bindings["TOLLGATE_ADMIN_KEY"] ?? "";
    engine.adminKeys.give({ name: "environment", key, replace: null });
    const doors = openDoors(engine, {
      clock: workerClock,
      timer: workerTimer,
      random: workerRandom,
      log: workerLog,
    });
    const sockets = new SyncSockets(this.#state, doors.sessions);
    await engine.start();
    this.#opened = { engine, doors, sockets, cronRest };
  }

  #asked({ cronRest, engine }: Opened): void {
    try {
      if (cronRest.asked()) {
        engine.scheduler.wakeCrons();
      }
    } catch (error) {
      // What is asked meets the same store, and says so.
      logFailure("asked_not_remembered", error);
    }
  }

  /** Functions learn the gateway's own address from these. The platform knows which hosts are the Worker's. */
  #learnAddress(request: Request): void {
    const { origin } = new URL(request.url);
    this.#variables.set("CONVEX_SITE_URL", origin);
    this.#variables.set("CONVEX_CLOUD_URL", origin);
  }
}

/** The platform itself sets this header, and overwrites what a client sends. */
function sourceOf({ headers }: Request): string {
  return headers.get("cf-connecting-ip") ?? "";
}

function logFailure(message: string, error: unknown): void {
  workerLog.error(message, { error: error instanceof Error ? error.name : typeof error });
}
