// How the search sees its entries: the same when the index is made and when it is asked.

export const SEARCH = {
  fields: ['name', 'title', 'page', 'text'],
  storeFields: ['title', 'page', 'url', 'shown'],
  /**
   * `readStream` is found by `stream`, too; but first comes what is called just so.
   * @param {string} term
   * @param {string} [field]
   * @returns {string[]}
   */
  processTerm: (term, field) => {
    const parts = field === 'name' ? [] : term.split(/(?<=[a-z])(?=[A-Z])/);
    return [...new Set([term, ...parts])].map((one) => one.toLowerCase());
  },
};

/** What is asked, as the page asks it. */
export const ASKED = { prefix: true, fuzzy: (/** @type {string} */ term) => (term.length > 4 ? 0.2 : 0), combineWith: /** @type {const} */ ('AND'), boost: { name: 12, title: 6, page: 2 } };
