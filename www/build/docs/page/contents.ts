// The list of all pages: open where there is room beside the text, closed above it on a phone.

const wide = matchMedia('(min-width: 60rem)');

export function openContents(): void {
  const contents = document.querySelector<HTMLDetailsElement>('#contents');
  if (contents === null) return;
  const fit = (): void => {
    contents.open = wide.matches;
  };
  wide.addEventListener('change', fit);
  fit();
  const here = contents.querySelector('[aria-current]');
  // Only the list is to move, and only where it has a height of its own.
  const list = contents.parentElement;
  if (wide.matches && here instanceof HTMLElement && list !== null && here.offsetTop > list.clientHeight) list.scrollTop = here.offsetTop - list.clientHeight / 2;
}
