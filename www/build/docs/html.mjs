// Text as HTML, and HTML as text.

/** @param {string} text */
export function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** @param {string} html */
export function textOf(html) {
  const text = html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name) => NAMED[/** @type {keyof typeof NAMED} */ (name)]);
  return text.replaceAll(/\s+/g, ' ').trim();
}
