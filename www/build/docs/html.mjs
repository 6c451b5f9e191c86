// Text as HTML, and HTML as text.

/** @param {string} text */
export function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };
/** What stands inside a line: the words on its two sides may be one. */
const INLINE = /<\/?(?:a|code|em|strong|span|del|kbd)\b[^>]*>/g;

/** @param {string} html */
export function textOf(html) {
  const text = html.replaceAll(INLINE, '').replaceAll(/<[^>]*>/g, ' ').replaceAll(/&(amp|lt|gt|quot|#39|#x27);/g, (_, name) => NAMED[/** @type {keyof typeof NAMED} */ (name)]);
  return text.replaceAll(/\s+/g, ' ').trim();
}
