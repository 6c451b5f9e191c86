/**
 * 64 bits of a text, as sixteen digits: whether a text is another. FNV-1a (Fowler, Noll and Vo) twice, from different beginnings; nobody has to be
 * kept from making two that are alike.
 */
export function fingerprint(text: string): string {
  let [one, two] = [0x811c9dc5, 0x01000193];
  for (let n = 0; n < text.length; n++) {
    const unit = text.charCodeAt(n);
    one = Math.imul(one ^ unit, 0x01000193);
    two = Math.imul(two ^ unit, 0x85ebca6b) ^ (two >>> 13);
  }
  return [one, two].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
