import { HttpRouterWithHono } from "convex-helpers/server/hono";
import { createApp } from "../routes/app.ts";
import { signingSecrets } from "./environment.ts";

/** The HTTP actions of this deployment: the routes, with its secrets. */
export default new HttpRouterWithHono(createApp({ signingSecrets }));
