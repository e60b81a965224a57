// Light or dark: as the system has it, until somebody chooses. The choice is kept where there is a
// place for it; a browser that gives none (a private window, a page in a sandbox) forgets it.

export const themes = ["auto", "light", "dark"] as const;

export type Theme = (typeof themes)[number];

const key = "patchstate-theme";

/** The choice that was kept; `auto` where there is none. */
export function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(key);
    return themes.find((theme) => theme === kept) ?? "auto";
  } catch {
    return "auto";
  }
}

/** Keeps a choice, silently or not at all. */
export function keepTheme(theme: Theme): void {
  try {
    if (theme === "auto") localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // The choice lasts as long as the page is open.
  }
}

/** Puts the colours of a choice on the page. */
export function paintTheme(theme: Theme): void {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
