// The switch between light and dark.
import { type Theme, choose, chosenTheme } from './choice.ts';

const dark = matchMedia('(prefers-color-scheme: dark)');

export function offerThemes(): void {
  const button = document.querySelector<HTMLButtonElement>('#theme-switch');
  if (button === null) return;
  const shown = (): Theme => chosenTheme() ?? (document.documentElement.dataset['theme'] as Theme | undefined) ?? (dark.matches ? 'dark' : 'light');
  const say = (): void => {
    button.textContent = shown() === 'dark' ? 'Light' : 'Dark';
    button.setAttribute('aria-label', shown() === 'dark' ? 'Show in light colours' : 'Show in dark colours');
  };
  button.addEventListener('click', () => {
    choose(shown() === 'dark' ? 'light' : 'dark');
    say();
  });
  dark.addEventListener('change', say);
  say();
  button.hidden = false;
}
