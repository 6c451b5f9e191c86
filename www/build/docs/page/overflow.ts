// Code and tables that are wider than the page are scrolled, by the keyboard, too: so they have to take the focus, but only then.

export function reachByKeyboard(): void {
  const wide = [...document.querySelectorAll<HTMLElement>('pre, .table')];
  const look = (): void => {
    for (const one of wide) {
      if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
      else one.removeAttribute('tabindex');
    }
  };
  addEventListener('resize', look);
  look();
}
