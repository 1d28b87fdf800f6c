import { join } from "node:path";
import { openNodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { temporaryDirectory } from "../support/gatewayProcess.ts";
import { runContract } from "./runContract.ts";
import { engineInProcess } from "./runners/engineInProcess.ts";

runContract("Node with SQLite", async (outside) => {
  const path = join(await temporaryDirectory(), "tollgate.sqlite");
  return await engineInProcess(outside, () => openNodeSqliteStore({ path }));
});
