// The few files that all pages share: the style, the script, the sign. Everything is found by relative paths, and nothing is asked of a server.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demo, inRoot, root, tools } from '../paths.mjs';
import { stopOnBundleError } from '../library.mjs';

const folder = join(tools, 'docs', 'page');

/** @returns {Promise<[path: string, text: string][]>} */
export async function sharedFiles() {
  return [
    ['assets/style.css', [...palette(), readFileSync(join(folder, 'style.css'), 'utf8')].join('\n')],
    ['assets/theme.js', await bundled('theme.ts')],
    ['assets/page.js', `${licenceOf('minisearch')}${await bundled('page.ts')}`],
    ['assets/icon.svg', readFileSync(join(demo, 'icon.svg'), 'utf8')],
  ];
}

/** The colours of the demo page. There the system alone chooses between light and dark, here the reader may: so each set is there once more, by name. */
function palette() {
  const text = readFileSync(join(demo, 'palette.css'), 'utf8');
  const [light, dark] = [...text.matchAll(/^\s*:root \{([^}]*)\}/gm)].map(([, declarations]) => declarations ?? '');
  if (light === undefined || dark === undefined) throw new Error('the palette is expected to have two sets of colours');
  return [text, `:root[data-theme="light"] {\n  color-scheme: light;${light.replace(/\s*color-scheme:[^;]*;/, '')}}\n`, `:root[data-theme="dark"] {\n  color-scheme: dark;${dark}}\n`];
}

/**
 * What a package asks of who passes it on.
 * @param {string} name
 */
function licenceOf(name) {
  return `/*!\nWith ${name}:\n\n${readFileSync(inRoot('node_modules', name, 'LICENSE.txt'), 'utf8').trim()}\n*/\n`;
}

/** @param {string} name */
async function bundled(name) {
  const { build } = await import('esbuild');
  // No module: a browser loads none from a folder.
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(folder, name)],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
    write: false,
  }).catch(stopOnBundleError);
  return outputFiles[0]?.text ?? '';
}
