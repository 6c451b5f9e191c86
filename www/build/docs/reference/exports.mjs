// What each entry of the package gives out, as its declarations in dist/ say: read by the compiler that has an API, which is the oldest one that is supported.
import { basename, join, relative } from 'node:path';
import ts from 'typescript-oldest';
import { dist } from '../../paths.mjs';
import { Stop } from '../../log.mjs';

/** The entries, as they are imported; the first that gives something out is its home. */
export const ENTRIES = ['index', 'slim', 'static', 'testing', 'react', 'vue', 'svelte'];

/** @typedef {'function' | 'interface' | 'type' | 'class' | 'value'} Kind */
/**
 * @typedef {object} Doc
 * @property {string} text Markdown, with `{@link …}` as it was written
 * @property {string} throws what it throws; empty for nothing that is said
 */
/**
 * @typedef {object} Member
 * @property {string} name
 * @property {readonly string[]} signatures
 * @property {boolean} isMethod
 * @property {Doc} doc
 */
/**
 * @typedef {object} Export
 * @property {string} name
 * @property {string} entry of `ENTRIES`
 * @property {string} file where it is declared, from dist/ and without its ending: `views/view`
 * @property {Kind} kind
 * @property {readonly string[]} signatures
 * @property {Doc} doc
 * @property {readonly Member[]} members
 * @property {readonly string[]} also the other entries that give out the very same
 */

/** @returns {readonly Export[]} */
export function readExports() {
  const roots = ENTRIES.map((entry) => join(dist, `${entry}.d.ts`));
  const program = ts.createProgram(roots, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, strict: true, noEmit: true, types: [] });
  const checker = program.getTypeChecker();
  /** @type {Map<ts.Symbol, Export & { also: string[] }>} */
  const found = new Map();
  for (const root of roots) {
    const file = program.getSourceFile(root);
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Stop(`${basename(root)} has no exports. Is the package built?`);
    const entry = basename(root, '.d.ts');
    for (const given of checker.getExportsOfModule(module)) {
      const symbol = given.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(given) : given;
      const known = found.get(symbol);
      if (known === undefined) found.set(symbol, { ...exportOf(given.name, symbol, entry), also: [] });
      else known.also.push(entry);
    }
  }
  const all = [...found.values()];
  const silent = all.filter(({ doc }) => doc.text === '');
  if (silent.length > 0) throw new Stop('Every export has a comment that says what it is. These have none.', silent.map(({ name, file }) => `${name} (www/lib/${file}.ts)`).join('\n'));
  return all;
}

/**
 * @param {string} name
 * @param {ts.Symbol} symbol
 * @param {string} entry
 * @returns {Omit<Export, 'also'>}
 */
function exportOf(name, symbol, entry) {
  const declarations = symbol.declarations ?? [];
  const [first] = declarations;
  if (first === undefined) throw new Stop(`${name} is declared nowhere.`);
  const file = relative(dist, first.getSourceFile().fileName).replaceAll('\\', '/').replace(/\.d\.ts$/, '');
  const elements = ts.isInterfaceDeclaration(first) || ts.isClassDeclaration(first) ? [...first.members] : [];
  // That it can be called has no name of its own.
  const calls = elements.filter(ts.isCallSignatureDeclaration).map((call) => call.getText());
  return { name, entry, file, kind: kindOf(first), signatures: [...declarations.map(signatureOf), ...calls], doc: docOf(declarations), members: membersOf(elements) };
}

/**
 * @param {ts.Declaration} declaration
 * @returns {Kind}
 */
function kindOf(declaration) {
  if (ts.isFunctionDeclaration(declaration)) return 'function';
  if (ts.isInterfaceDeclaration(declaration)) return 'interface';
  if (ts.isClassDeclaration(declaration)) return 'class';
  return ts.isTypeAliasDeclaration(declaration) ? 'type' : 'value';
}

/**
 * The members under their names: a method that may be called in several ways is one.
 * @param {readonly (ts.TypeElement | ts.ClassElement)[]} elements
 * @returns {Member[]}
 */
function membersOf(elements) {
  /** @type {Map<string, (ts.TypeElement | ts.ClassElement)[]>} */
  const byName = new Map();
  for (const element of elements) {
    const name = memberName(element);
    if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), element]);
  }
  return [...byName].map(([name, some]) => ({
    name,
    signatures: some.map(signatureOf),
    isMethod: some.some((one) => ts.isMethodSignature(one) || ts.isMethodDeclaration(one)),
    doc: docOf(some),
  }));
}

/** @param {ts.TypeElement | ts.ClassElement} element */
function memberName(element) {
  if (ts.isConstructorDeclaration(element) || ts.isCallSignatureDeclaration(element) || ts.getCombinedModifierFlags(/** @type {ts.Declaration} */ (element)) & ts.ModifierFlags.Private) return undefined;
  const text = element.name?.getText() ?? '';
  // What the compiler alone looks at.
  return text === '' || text === '[types]' || text.startsWith('#') ? undefined : text.replace(/^'(.*)'$/, '$1');
}

/** @param {readonly ts.Node[]} declarations */
function docOf(declarations) {
  for (const declaration of declarations) {
    const comments = ts.getJSDocCommentsAndTags(declaration);
    const doc = comments.filter(ts.isJSDoc).at(-1);
    if (doc === undefined) continue;
    const throws = doc.tags?.find((tag) => tag.tagName.text === 'throws');
    return { text: commentOf(doc), throws: throws === undefined ? '' : commentOf(throws) };
  }
  return { text: '', throws: '' };
}

/** @param {ts.JSDoc | ts.JSDocTag} node */
function commentOf(node) {
  return (ts.getTextOfJSDocComment(node.comment) ?? '').trim();
}

const LINE = 100;

/**
 * A declaration as one would write it: without the words that only declarations have, and without what is told in its members' own places.
 * @param {ts.Node} node
 */
function signatureOf(node) {
  if (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)) return headOf(node);
  // Of a type the comments inside stay: its members have no place of their own.
  const text = node.getText().replace(/^export (?:declare )?/, '').replace(/^(?:readonly|override) /gm, '');
  return broken(ts.isTypeAliasDeclaration(node) ? text : text.replaceAll(/\s*\/\*\*[^]*?\*\/\s*/g, ' '), node);
}

/** @param {ts.InterfaceDeclaration | ts.ClassDeclaration} node */
function headOf(node) {
  const parameters = node.typeParameters === undefined ? '' : `<${node.typeParameters.map((one) => one.getText()).join(', ')}>`;
  const heritage = (node.heritageClauses ?? []).map((clause) => ` ${clause.getText()}`).join('');
  return `${ts.isClassDeclaration(node) ? 'class' : 'interface'} ${node.name?.text ?? ''}${parameters}${heritage}`;
}

/**
 * A long signature has a line for each parameter.
 * @param {string} text
 * @param {ts.Node} node
 */
function broken(text, node) {
  const isCallable = ts.isFunctionDeclaration(node) || ts.isMethodSignature(node) || ts.isMethodDeclaration(node);
  if (!isCallable || text.length <= LINE || node.parameters.length === 0) return text;
  const first = node.parameters[0];
  const last = node.parameters[node.parameters.length - 1];
  if (first === undefined || last === undefined) return text;
  const whole = node.getText();
  const before = whole.slice(0, first.getStart() - node.getStart()).replace(/^export (?:declare )?/, '').trimEnd();
  const after = whole.slice(last.getEnd() - node.getStart()).replace(/^,?\s*/, '');
  return `${before}\n${node.parameters.map((one) => `  ${one.getText()},`).join('\n')}\n${after}`;
}
