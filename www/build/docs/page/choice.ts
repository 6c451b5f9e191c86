// What the reader has chosen, remembered where the browser lets us.

const KEY = 'annals docs theme';

export type Theme = 'light' | 'dark';

/** What was chosen; undefined when the system is to say. */
export function chosenTheme(): Theme | undefined {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : undefined;
  } catch {
    return undefined; // Some browsers give a page from a folder no storage.
  }
}

export function choose(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // It holds for this page alone.
  }
}
