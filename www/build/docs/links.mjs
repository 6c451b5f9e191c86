// Where links lead: from files of the project, which is what the Markdown knows, to pages of the site. What leads nowhere stops the build.
import { existsSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { inRoot } from '../paths.mjs';

/** @typedef {import('./contents.mjs').Entry} Entry */

const PICTURE = /\.(?:svg|png|webp)$/;
const ELSEWHERE = /^(?:https?:|mailto:)/;

export class Links {
  /** @type {string[]} what is wrong, a line each */
  broken = [];
  /** Files of the project that a page points to and that are no pages: they are shown as text. */
  sources = /** @type {Set<string>} */ (new Set());
  /** Pictures, from the project's root. */
  assets = /** @type {Set<string>} */ (new Set());
  /** @type {{ from: string, path: string, anchor: string }[]} */
  #anchors = [];
  /** @type {ReadonlyMap<string, string>} */
  #paths;

  /** @param {readonly Entry[]} entries */
  constructor(entries) {
    this.#paths = new Map(entries.map(({ source, path }) => [source, path]));
  }

  /**
   * Where a link of a page leads, as the page's HTML says it.
   * @param {Entry} entry
   * @param {string} href
   */
  resolve(entry, href) {
    if (ELSEWHERE.test(href)) return href;
    const [file = '', anchor] = decodeURI(href).split('#');
    const target = file === '' ? entry.source : this.#file(entry.source, file);
    const path = this.#paths.get(target) ?? this.#paths.get(posix.join(target, 'README.md'));
    if (path !== undefined) {
      if (anchor !== undefined) this.#anchors.push({ from: entry.source, path, anchor });
      return `${file === '' ? '' : relative(entry.path, path)}${anchor === undefined ? '' : `#${anchor}`}`;
    }
    const place = inRoot(...target.split('/'));
    if (!existsSync(place) || !statSync(place).isFile()) {
      this.broken.push(`${entry.source}: there is no ${href}`);
      return href;
    }
    if (PICTURE.test(target)) return this.picture(entry, target);
    this.sources.add(target);
    return relative(entry.path, this.sourcePath(target));
  }

  /**
   * @param {Entry} entry
   * @param {string} file from the page's source, or from the project's root with a slash
   */
  picture(entry, file) {
    const target = file.includes('/') && existsSync(inRoot(...file.split('/'))) ? file : this.#file(entry.source, file);
    this.assets.add(target);
    return relative(entry.path, this.assetPath(target));
  }

  /**
   * Remembers what leads to a place of the site that has no file of its own.
   * @param {Entry} entry
   * @param {string} place a page and an anchor: `reference/store.html#append`
   */
  onSite(entry, place) {
    const [path = '', anchor] = place.split('#');
    if (anchor !== undefined) this.#anchors.push({ from: entry.source, path, anchor });
    return `${path === entry.path ? '' : relative(entry.path, path)}${anchor === undefined ? '' : `#${anchor}`}`;
  }

  /** @param {ReadonlyMap<string, ReadonlySet<string>>} ids of every page */
  checkAnchors(ids) {
    for (const { from, path, anchor } of this.#anchors) {
      if (ids.get(path)?.has(anchor) !== true) this.broken.push(`${from}: ${path} has no #${anchor}`);
    }
  }

  /** @param {string} source */
  sourcePath(source) {
    return `source/${source}.html`;
  }

  /** @param {string} file */
  assetPath(file) {
    return `assets/${posix.basename(file)}`;
  }

  /**
   * @param {string} from
   * @param {string} file
   */
  #file(from, file) {
    const joined = file.startsWith('/') ? posix.normalize(file.slice(1)) : posix.join(posix.dirname(from), file);
    return joined.replace(/\/$/, '');
  }
}

/**
 * @param {string} from a page
 * @param {string} to another
 */
export function relative(from, to) {
  return posix.relative(posix.dirname(from), to) || posix.basename(to);
}
