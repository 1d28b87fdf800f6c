/**
 * The deployment's environment variables: those of `npx convex env set` on Convex, those of the process and
 * of admins elsewhere. Not the `env` of `_generated/server`: in the file that Convex's own CLI generates,
 * it has the type of a few names only.
 */
export const env: Readonly<Record<string, string | undefined>> = (
  globalThis as unknown as { process: { env: Record<string, string | undefined> } }
).process.env;
