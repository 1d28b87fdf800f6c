import { runContract } from "./runContract.ts";
import { edgePlace } from "./runners/edgePlace.ts";

runContract("workerd", edgePlace);
