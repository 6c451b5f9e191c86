// The frame of every page.
import { escaped } from './html.mjs';
import { relative } from './links.mjs';

/** @typedef {import('./build.mjs').Page} Page */
/** @typedef {import('./contents.mjs').Section} Section */

/**
 * @param {Page} page
 * @param {{ sections: readonly Section[], previous?: Page | undefined, next?: Page | undefined }} around
 */
export function pageOf(page, { sections, previous, next }) {
  const to = (/** @type {string} */ path) => relative(page.path, path);
  const isHome = page.path === 'index.html';
  const title = isHome ? 'annals: an event store for browsers' : `${page.title}${page.path.startsWith('reference/') ? ', reference' : ''} · annals`;
  return `<!doctype html>
<html lang="en" data-root="${to('index.html').replace(/index\.html$/, '')}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="description" content="${escaped(page.lead)}">
    <title>${escaped(title)}</title>
    <link rel="icon" type="image/svg+xml" href="${to('assets/icon.svg')}">
    <link rel="stylesheet" href="${to('assets/style.css')}">
    <script src="${to('assets/theme.js')}"></script>
    <script src="${to('assets/page.js')}" defer></script>
  </head>
  <body${isHome ? ' class="home"' : ''}>
    <a class="skip-link" href="#content">Skip to the text</a>
    <header class="bar">
      <a class="wordmark" href="${to('index.html')}">annals</a>
      <div class="bar-tools">
        <button class="search-open" type="button" id="search-open" hidden>Search <kbd>/</kbd></button>
        <button type="button" id="theme-switch" hidden></button>
      </div>
    </header>
    <div class="frame">
      <nav class="contents" aria-label="Pages">
        <details id="contents">
          <summary>All pages</summary>
${sections.map((section) => contentsOf(section, page, to)).join('\n')}
        </details>
      </nav>
      <main id="content" tabindex="-1">
        <article>
${page.html}
        </article>
${around(previous, next, to)}
      </main>
${outline(page)}
    </div>
    <footer class="page-footer">
      <p>annals is licensed under MIT or Apache-2.0, as you like. This site asks nothing of a server: it can be opened from a folder.</p>
    </footer>
  </body>
</html>
`;
}

/**
 * @param {Section} section
 * @param {Page} page
 * @param {(path: string) => string} to
 */
function contentsOf({ title, pages, isFolded = false }, page, to) {
  const items = pages.map(({ path, label }) => `<li><a href="${to(path)}"${path === page.path ? ' aria-current="page"' : ''}>${escaped(label ?? path)}</a></li>`);
  const list = `<ul>${items.join('')}</ul>`;
  if (!isFolded) return `          <p class="contents-title">${title}</p>\n          ${list}`;
  const isHere = pages.some(({ path }) => path === page.path);
  return `          <details class="contents-folded"${isHere ? ' open' : ''}><summary class="contents-title">${title}</summary>${list}</details>`;
}

/**
 * @param {Page | undefined} previous
 * @param {Page | undefined} next
 * @param {(path: string) => string} to
 */
function around(previous, next, to) {
  if (previous === undefined && next === undefined) return '';
  const link = (/** @type {Page | undefined} */ page, /** @type {string} */ rel, /** @type {string} */ word) =>
    page === undefined ? '' : `<a rel="${rel}" href="${to(page.path)}"><span class="hint">${word}</span> ${escaped(page.label ?? page.title)}</a>`;
  return `        <nav class="around" aria-label="Before and after">${link(previous, 'prev', 'Before')}${link(next, 'next', 'Next')}</nav>`;
}

/** @param {Page} page */
function outline({ headings }) {
  const shown = headings.filter(({ depth }) => depth === 2 || depth === 3);
  if (shown.length < 2) return '      <div class="outline"></div>';
  const items = shown.map(({ depth, id, html }) => `<li class="depth-${depth}"><a href="#${id}">${html}</a></li>`);
  return `      <nav class="outline" aria-label="On this page"><p class="contents-title">On this page</p><ul>${items.join('')}</ul></nav>`;
}
