import { runContract } from "./runContract.ts";
import { convexTestPlace } from "./runners/convexTestPlace.ts";

runContract("convex-test", convexTestPlace);
