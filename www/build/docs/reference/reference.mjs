// The reference: what the package gives out, page by page, as Markdown like every other page. Which page has what is said by the pages themselves,
// `<!-- reference store open-store -->` in www/docs/reference/; what no page has stops the build.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docs } from '../../paths.mjs';
import { Stop } from '../../log.mjs';
import { memberSlug } from '../markdown.mjs';
import { readExports } from './exports.mjs';

/** @typedef {import('./exports.mjs').Export} Export */
/** @typedef {import('./exports.mjs').Member} Member */

export const readReference = () => new Reference(readExports());

/** How an entry is imported. */
const IMPORTED = /** @type {Record<string, string>} */ ({ index: 'annals' });
const importName = (/** @type {string} */ entry) => IMPORTED[entry] ?? `annals/${entry}`;
/** What a guide calls a thing of such a type. */
const THINGS = /** @type {Record<string, string>} */ ({ store: 'Store', view: 'View', subscription: 'Subscription', reader: 'EventReader', error: 'AnnalsError' });
const IN_A_NAME = /\b[A-Za-z]\w+\b/g;

export class Reference {
  #exports;
  /** @type {Map<Export, string>} of those that are not called as they are named */
  #titles = new Map();
  /** @type {Map<string, string>} the place of each name: `reference/store.html#openstore` */
  #places = new Map();

  /** @param {readonly Export[]} exports */
  constructor(exports) {
    this.#exports = exports;
    const pages = pagesOfFiles();
    const homeless = exports.filter((one) => pages.get(one.file) === undefined);
    if (homeless.length > 0) {
      const lines = homeless.map(({ name, file }) => `${name}: a page of www/docs/reference/ has to say <!-- reference ${file} -->`);
      throw new Stop('Exports are on no page of the reference.', lines.join('\n'));
    }
    const ofAnnals = new Set(exports.filter(({ entry }) => entry === 'index').map(({ name }) => name));
    for (const one of exports) {
      // Other entries have ways of their own to what is called the same.
      if (one.entry !== 'index' && ofAnnals.has(one.name)) this.#titles.set(one, `${one.name} of ${importName(one.entry)}`);
      // The names that entries share lead to the first of them.
      const place = this.#placeOfExport(one);
      if (!this.#places.has(one.name)) this.#places.set(one.name, place);
      for (const { name } of one.members) {
        const member = `${one.name}.${name}`;
        // What errors are called is told where their fields are.
        if (one.name === 'ErrorFields') this.#places.set(name, `${pages.get(one.file)}#${memberAnchor(one, name)}`);
        if (!this.#places.has(member)) this.#places.set(member, `${pages.get(one.file)}#${memberAnchor(one, name)}`);
      }
    }
  }

  /**
   * Where a name is told of: `openStore`, `Store.append`, `store.append`, `append()` of none.
   * @param {string} name as it is between backticks
   */
  placeOf(name) {
    const bare = name.replace(/\(.*\)$/, '');
    const [thing = '', member] = bare.split('.');
    return this.#places.get(bare) ?? (member === undefined ? undefined : this.#places.get(`${THINGS[thing] ?? ''}.${member}`));
  }

  /**
   * Names of types in coloured code, as links.
   * @param {string} html
   * @param {string} own the name that is told of right there
   * @param {(place: string) => string} hrefOf
   */
  linkNames(html, own, hrefOf) {
    return html.replaceAll(/<[^>]*>|[^<]+/g, (piece) =>
      piece.startsWith('<') ? piece : piece.replaceAll(IN_A_NAME, (name) => {
        const place = /^[A-Z]/.test(name) && name !== own ? this.#places.get(name) : undefined;
        return place === undefined ? name : `<a href="${hrefOf(place)}">${name}</a>`;
      }));
  }

  /** All names by the entry that gives them out, each with its first sentence. */
  list() {
    const entries = [...new Set(this.#exports.map(({ entry }) => entry))];
    return entries.map((entry) => {
      const own = this.#exports.filter((one) => one.entry === entry).toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
      const rest = this.#exports.some(({ also }) => also.includes(entry)) ? '\n\nAnd all other names of `annals`, the very same.' : '';
      const rows = own.map((one) => `| [\`${one.name}\`](${fromReference(this.#placeOfExport(one))}) | ${firstSentence(one.doc.text)} |`);
      return `## ${importName(entry)}\n\n| | |\n|---|---|\n${rows.join('\n')}${rest}`;
    }).join('\n\n');
  }

  /**
   * What is declared in some files.
   * @param {readonly string[]} files as in `Export.file`
   */
  page(files) {
    const some = files.flatMap((file) => {
      const own = this.#exports.filter((one) => one.file === file);
      if (own.length === 0) throw new Stop(`www/lib/${file}.ts gives nothing out, which the reference is to tell of.`);
      return own.toSorted((a, b) => rank(a) - rank(b));
    });
    return some.map((one) => this.#section(one)).join('\n\n');
  }

  /** @param {Export} one */
  #section(one) {
    const methods = one.members.filter(({ isMethod }) => isMethod);
    const properties = one.members.filter(({ isMethod }) => !isMethod);
    return [
      `## ${this.#titleOf(one)}`,
      fence(one, one.signatures),
      said(one.doc.text),
      thrown(one.doc.throws),
      one.entry === 'index' ? '' : `<p class="hint">From <code>${importName(one.entry)}</code>.</p>`,
      properties.map((member) => property(one, member)).join('\n'),
      ...methods.map((member) => method(one, member)),
    ].filter((part) => part !== '').join('\n\n');
  }

  /** @param {Export} one */
  #placeOfExport(one) {
    return `${pagesOfFiles().get(one.file)}#${memberSlug(this.#titleOf(one))}`;
  }

  /** @param {Export} one */
  #titleOf(one) {
    return this.#titles.get(one) ?? one.name;
  }
}

/**
 * Functions first: they are what one begins with.
 * @param {Export} one
 */
const rank = ({ kind }) => ['function', 'class', 'interface', 'type', 'value'].indexOf(kind);
const memberTitle = (/** @type {Export} */ { name }, /** @type {string} */ member) => (/^[[@]/.test(member) ? `${name}${member.startsWith('[') ? member : `['${member}']`}` : `${name}.${member}`);
const memberAnchor = (/** @type {Export} */ one, /** @type {string} */ member) => memberSlug(memberTitle(one, member));
/** @param {string} place */
const fromReference = (place) => place.replace(/^reference\/(\w+)\.html/, '$1.md');

/**
 * @param {Export} one
 * @param {Member} member
 */
function method(one, member) {
  return [`### \`${memberTitle(one, member.name)}\``, fence(one, member.signatures), said(member.doc.text), thrown(member.doc.throws)].filter((part) => part !== '').join('\n\n');
}

/**
 * @param {Export} one
 * @param {Member} member
 */
function property(one, member) {
  return `<div class="property" id="${memberAnchor(one, member.name)}">\n\n${fence(one, member.signatures)}\n\n${said(member.doc.text)}\n\n</div>`;
}

/**
 * @param {Export} one
 * @param {readonly string[]} signatures
 */
const fence = ({ name }, signatures) => `\`\`\`ts ref=${name}\n${signatures.join('\n')}\n\`\`\``;
const thrown = (/** @type {string} */ text) => (text === '' ? '' : `**Fails${text.startsWith('as ') ? '' : ' with'}** ${linked(text)}`);
const said = (/** @type {string} */ text) => linked(text);

/**
 * `{@link Store.append}` as a link of Markdown.
 * @param {string} text
 */
function linked(text) {
  return text.replaceAll(/\{@link (\S+?)\s*\}/g, (_, name) => `[\`${name}\`](ref:${name})`);
}

/** @param {string} text */
function firstSentence(text) {
  const plain = text.replaceAll(/\{@link (\S+?)\s*\}/g, '`$1`').replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
  return /^.*?[.:](?= [A-Z]|$)/.exec(plain)?.[0].replace(/:$/, '.') ?? plain;
}

/** @type {Map<string, string> | undefined} */
let pages;

/** Which page tells of which file. */
function pagesOfFiles() {
  return (pages ??= new Map(
    readdirSync(join(docs, 'reference')).flatMap((name) => {
      const text = readFileSync(join(docs, 'reference', name), 'utf8');
      const files = [...text.matchAll(/^<!-- reference (.*) -->$/gm)].flatMap(([, words = '']) => words.split(' '));
      return files.map((file) => /** @type {const} */ ([file, `reference/${name.replace(/\.md$/, '.html')}`]));
    }),
  ));
}
