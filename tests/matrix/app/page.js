// The page of the projects without React: its button opens the store, then appends. Nothing is opened before, so that what the page loads by itself is told
// from what opening loads.
import { count } from './count.js';

/**
 * @param {import('./count.js').Annals} annals
 * @param {Parameters<typeof count>[2]} [options]
 */
export function page(annals, options) {
  const output = document.querySelector('output');
  let counter;
  document.querySelector('button').onclick = async () => {
    try {
      if (counter === undefined) counter = await count(annals, ({ read, live }) => (output.value = `read ${read}, live ${live}`), options);
      else await counter.append();
    } catch (error) {
      output.value = String(error);
    }
  };
  output.value = 'closed';
}
