/** Convex: `_system/` holds the system's own functions and none of an app's. */
export function isSystemModule(module: string): boolean {
  return module.startsWith("_system/");
}
