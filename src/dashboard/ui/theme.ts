const STORAGE_KEY = "tollgate theme";

const listeners = new Set<() => void>();

/** As the system has it, unless somebody chose otherwise. */
export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];

export function currentTheme(): Theme {
  return THEMES.find((theme) => theme === localStorage.getItem(STORAGE_KEY)) ?? "system";
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(STORAGE_KEY, theme);
  applyTheme();
}

/** Shows the chosen theme. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = currentTheme();
  for (const listener of listeners) {
    listener();
  }
}

/** Tells when colours change, by choice or by the system's. @returns a function that ends it */
export function onThemeChange(listener: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", listener);
  listeners.add(listener);
  return () => {
    system.removeEventListener("change", listener);
    listeners.delete(listener);
  };
}
