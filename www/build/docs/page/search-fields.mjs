// How the search sees its entries: the same when the index is made and when it is asked.

export const SEARCH = {
  /** `also`: words that are not on the page, and lead there all the same. */
  fields: ['name', 'title', 'page', 'also', 'text'],
  storeFields: ['title', 'page', 'url', 'shown'],
  /**
   * `readStream` is found by `stream`, too; but first comes what is called just so.
   * @param {string} term
   * @param {string} [field]
   * @returns {string[]}
   */
  processTerm: (term, field) => {
    const parts = field === 'name' ? [] : term.split(/(?<=[a-z])(?=[A-Z])/);
    return [...new Set([term, ...parts])].map((one) => singular(one.toLowerCase()));
  },
};

/** `views` is found by `view`, and the other way round. @param {string} term */
function singular(term) {
  return term.length > 4 && /[^s]s$/.test(term) ? term.slice(0, -1) : term;
}

/** Who asks in a word wants to be told: guides, and their beginnings, come before the reference, and that before what is for who builds annals. */
const WEIGHTS = /** @type {const} */ ([[/^guides\/[^#]*$/, 5], [/^(?:guides\/|tutorial|index)/, 3], [/^reference\//, 1]]);
const OTHER_WEIGHT = 0.25;

/** A name of the package, by its letters: `openStore`. */
const NAME = /[a-z][A-Z]/;

/**
 * How the page asks for what was typed.
 * @param {string} text
 */
export function asking(text) {
  return {
    prefix: true,
    fuzzy: (/** @type {string} */ term) => (term.length > 4 ? 0.2 : 0),
    combineWith: /** @type {const} */ ('AND'),
    boost: { name: 12, title: 6, also: 10, page: 2 },
    boostDocument: (/** @type {unknown} */ _id, /** @type {string} */ _term, /** @type {Record<string, unknown> | undefined} */ entry) =>
      NAME.test(text) ? 1 : (WEIGHTS.find(([path]) => path.test(String(entry?.['url'])))?.[1] ?? OTHER_WEIGHT),
  };
}
