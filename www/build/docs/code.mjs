// Code as it is shown: coloured when the site is built, so that a page needs no script for it.
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import css from 'highlight.js/lib/languages/css';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import rust from 'highlight.js/lib/languages/rust';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import { escaped } from './html.mjs';

const LANGUAGES = { sh: bash, css, js: javascript, json, rust, ts: typescript, html: xml };
const ALIASES = { svelte: 'html', mjs: 'js', rs: 'rust', tsx: 'ts', toml: 'sh' };
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);
hljs.registerAliases(Object.keys(ALIASES).filter((alias) => alias === 'svelte'), { languageName: 'html' });

/**
 * What a fence says behind its backticks: `ts file=book.ts`.
 * @param {string} info
 */
export function fenceOf(info) {
  const [language = '', ...words] = info.split(/[\s,]+/);
  const attributes = Object.fromEntries(words.filter((word) => word !== '').map((word) => (word.includes('=') ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] : [word, ''])));
  return { language, attributes };
}

/**
 * @param {string} code
 * @param {string} language
 */
export function highlighted(code, language) {
  const known = ALIASES[/** @type {keyof typeof ALIASES} */ (language)] ?? language;
  return known in LANGUAGES ? hljs.highlight(code, { language: known }).value : escaped(code);
}

/**
 * @param {string} code
 * @param {string} language
 * @param {{ file?: string | undefined, link?: (html: string) => string }} [options] the name of the file that the code is; what makes links in it
 */
export function codeBlock(code, language, { file, link = (html) => html } = {}) {
  const caption = file === undefined ? '' : `<figcaption>${escaped(file)}</figcaption>`;
  return `<figure class="code">${caption}<pre><code>${link(highlighted(code.replace(/\n$/, ''), language))}</code></pre></figure>\n`;
}
