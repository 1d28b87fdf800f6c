/** The functions under test, as `import.meta.glob` would give them; a worker has no glob. */
export const conformanceModules: Record<string, () => Promise<unknown>> = {
  "./functions/_generated/api.ts": async () => ({}),
  "./functions/schema.ts": () => import("./functions/schema.ts"),
  "./functions/calling.ts": () => import("./functions/calling.ts"),
  "./functions/failing.ts": () => import("./functions/failing.ts"),
  "./functions/http.ts": () => import("./functions/http.ts"),
  "./functions/kinds.ts": () => import("./functions/kinds.ts"),
  "./functions/nested/deep.ts": () => import("./functions/nested/deep.ts"),
  "./functions/people.ts": () => import("./functions/people.ts"),
  "./functions/scheduling.ts": () => import("./functions/scheduling.ts"),
  "./functions/validated.ts": () => import("./functions/validated.ts"),
  "./functions/who.ts": () => import("./functions/who.ts"),
};
