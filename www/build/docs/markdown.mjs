// One page of Markdown as HTML: headings with anchors, code with colours, links to pages of the site, names that lead to the reference.
import { Marked } from 'marked';
import { codeBlock, fenceOf } from './code.mjs';
import { escaped, textOf } from './html.mjs';

/** @typedef {import('./contents.mjs').Entry} Entry */
/** @typedef {{ depth: number, id: string, html: string }} Heading */
/** @typedef {{ id: string, title: string, text: string }} Part what stands below one heading, for the search */
/**
 * @typedef {object} Rendered
 * @property {string} title
 * @property {string} lead the page in a sentence, for lists and for who looks from outside
 * @property {string} html
 * @property {readonly Heading[]} headings
 * @property {readonly Part[]} parts
 * @property {ReadonlySet<string>} ids
 */
/**
 * @typedef {object} Context
 * @property {Entry} entry
 * @property {import('./links.mjs').Links} links
 * @property {import('./reference/reference.mjs').Reference} reference
 */

const LEAD_LETTERS = 160;

/**
 * @param {string} markdown
 * @param {Context} context
 * @returns {Rendered}
 */
export function render(markdown, context) {
  /** @type {Heading[]} */
  const headings = [];
  const html = /** @type {string} */ (markedFor(context, headings).parse(markdown));
  const parts = partsOf(html, headings);
  return {
    title: textOf(headings.find(({ depth }) => depth === 1)?.html ?? context.entry.label ?? ''),
    lead: shortened(textOf(/<p>([^]*?)<\/p>/.exec(html)?.[1] ?? '')),
    html,
    headings,
    parts,
    ids: new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? '')),
  };
}

/**
 * @param {Context} context
 * @param {Heading[]} headings
 */
function markedFor({ entry, links, reference }, headings) {
  /** @type {Map<string, number>} */
  const taken = new Map();
  /** @type {Set<string>} each name leads to the reference once a page, more would be noise */
  const named = new Set();
  const isOurs = entry.source.startsWith('www/docs/');
  const nameLinks = (/** @type {string} */ own) => (/** @type {string} */ html) => reference.linkNames(html, own, (place) => links.onSite(entry, place));
  return new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth, text }) {
        // In the reference each name is looked up by itself.
        if (entry.path.startsWith('reference/')) named.clear();
        const id = unique(taken, entry.path.startsWith('reference/') ? memberSlug(text) : slug(text));
        const html = this.parser.parseInline(tokens).replaceAll(/<a class="name"[^>]*>(.*?)<\/a>/g, '$1');
        headings.push({ depth, id, html: html.replaceAll(/<\/?a\b[^>]*>/g, '') });
        const anchor = depth === 1 ? '' : ` <a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`;
        return `<h${depth} id="${id}">${html}${anchor}</h${depth}>\n`;
      },
      code({ text, lang }) {
        const { language, attributes } = fenceOf(lang ?? '');
        return codeBlock(text, language, { file: attributes['file'] ?? attributes['program'] ?? attributes['edit'], ...('ref' in attributes && { link: nameLinks(attributes['ref'] ?? '') }) });
      },
      codespan({ text }) {
        const place = isOurs ? reference.placeOf(text) : undefined;
        const code = `<code>${escaped(text)}</code>`;
        if (place === undefined || named.has(place) || place.split('#')[0] === entry.path) return code;
        named.add(place);
        return `<a class="name" href="${links.onSite(entry, place)}">${code}</a>`;
      },
      link({ href, tokens }) {
        const place = href.startsWith('ref:') ? reference.placeOf(href.slice(4)) : undefined;
        if (href.startsWith('ref:') && place === undefined) links.broken.push(`${entry.source}: the reference has no ${href.slice(4)}`);
        const target = place === undefined ? links.resolve(entry, href) : links.onSite(entry, place);
        // A name in a link is no link of its own.
        const html = this.parser.parseInline(tokens).replaceAll(/<a class="name"[^>]*>(.*?)<\/a>/g, '$1');
        return `<a href="${escaped(target)}">${html}</a>`;
      },
      image({ href, text }) {
        return `<img src="${escaped(links.resolve(entry, href))}" alt="${escaped(text)}" loading="lazy">`;
      },
      table(token) {
        const row = (/** @type {import('marked').Tokens.TableCell[]} */ cells, /** @type {string} */ kind) => {
          const written = cells.map(({ text, tokens }, n) => {
            const tag = text === '' ? 'td' : kind;
            return `<${tag}${token.align[n] === 'right' ? ' class="number"' : ''}>${this.parser.parseInline(tokens)}</${tag}>`;
          });
          return `<tr>${written.join('')}</tr>\n`;
        };
        // A table may have no heads, which Markdown cannot say: empty heads would be read aloud.
        const head = token.header.every(({ text }) => text === '') ? '' : `<thead>${row(token.header, 'th')}</thead>`;
        return `<div class="table"><table>${head}<tbody>${token.rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>\n`;
      },
      html({ text }) {
        // What the Markdown says to who tests it is not for who reads it.
        return text.replaceAll(/<!--[^]*?-->/g, '').replaceAll(/ (src|href)="(?!https?:|#)([^"]+)"/g, (_, name, href) => ` ${name}="${escaped(links.resolve(entry, href))}"`);
      },
    },
  });
}

/**
 * As GitHub makes anchors of headings.
 * @param {string} text
 */
export function slug(text) {
  return text.toLowerCase().replaceAll(/\]\([^)]*\)/g, '').replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
}

/**
 * In the reference, where the member `code` of `AnnalsError` is another thing than `AnnalsErrorCode`.
 * @param {string} text
 */
export function memberSlug(text) {
  return slug(text.replaceAll('.', '-'));
}

/**
 * @param {Map<string, number>} taken
 * @param {string} id
 */
function unique(taken, id) {
  const times = taken.get(id) ?? 0;
  taken.set(id, times + 1);
  return times === 0 ? id : `${id}-${times}`;
}

/**
 * @param {string} html
 * @param {readonly Heading[]} headings
 * @returns {Part[]}
 */
function partsOf(html, headings) {
  const bounds = headings.map(({ id }) => html.search(new RegExp(`<h\\d id="${id.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}"`)));
  return headings.map(({ id, html: title, depth }, n) => {
    const body = html.slice(bounds[n], bounds[n + 1]).replace(/<h\d[^]*?<\/h\d>/, '');
    return { id: depth === 1 ? '' : id, title: textOf(title), text: textOf(body) };
  });
}

/** @param {string} text */
function shortened(text) {
  if (text.length <= LEAD_LETTERS) return text;
  return `${text.slice(0, text.lastIndexOf(' ', LEAD_LETTERS))}…`;
}
