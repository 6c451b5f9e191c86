// How the search sees its entries: the same when the index is made and when it is asked.

export const SEARCH = {
  fields: ['title', 'page', 'text'],
  storeFields: ['title', 'page', 'url', 'shown'],
  /**
   * `readStream` is found by `stream`, too.
   * @param {string} term
   * @returns {string[]}
   */
  processTerm: (term) => {
    const parts = term.split(/(?<=[a-z])(?=[A-Z])/);
    return [...new Set([term, ...parts])].map((one) => one.toLowerCase());
  },
};

/** What is asked, as the page asks it. */
export const ASKED = { prefix: true, fuzzy: (/** @type {string} */ term) => (term.length > 4 ? 0.2 : 0), combineWith: /** @type {const} */ ('AND'), boost: { title: 6, page: 2 } };
