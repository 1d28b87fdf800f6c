/** "" for none, "store" lets every statement fail, "commit" every transaction at its end. */
let fault = "";

export function setFault(what: string): void {
  fault = what;
}

/** The object's own state, but its store fails on demand, as a full or lost disk does. */
export function faultyState(state: ObjectState): ObjectState {
  const { storage } = state;
  const sql: ObjectStorage["sql"] = {
    exec: (text, ...parameters) => {
      failIf("store");
      return storage.sql.exec(text, ...parameters);
    },
  };
  const faulty: ObjectStorage = {
    sql,
    transactionSync: (run) =>
      storage.transactionSync(() => {
        const result = run();
        failIf("commit");
        return result;
      }),
    deleteAll: () => storage.deleteAll(),
    setAlarm: (atMs) => storage.setAlarm(atMs),
  };
  return {
    id: state.id,
    storage: faulty,
    blockConcurrencyWhile: (run) => state.blockConcurrencyWhile(run),
    acceptWebSocket: (socket) => state.acceptWebSocket(socket),
    getWebSockets: () => state.getWebSockets(),
  };
}

function failIf(what: string): void {
  if (fault === what) {
    throw new Error("disk I/O error");
  }
}
