// The types of the packed package, in a project that has nothing but it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { promisify } from 'node:util';
// The newest TypeScript is a program without an interface to its parts; this one has both.
import ts from 'typescript-oldest';
import { inRoot } from '../../www/build/paths.mjs';
import { namesIn, packed } from './packed.mjs';

const { project, folder } = await packed('types');
const consumer = inRoot('tests', 'package', 'consumer');
for (const name of readdirSync(consumer)) copyFileSync(join(consumer, name), join(project, name));

const STRICT = { strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true, types: [], target: 'es2022' };
/** What a user's project may well have. */
const LIB = ['es2022', 'dom', 'dom.iterable'];
const RESOLUTIONS = { bundler: 'esnext', nodenext: 'nodenext' };

for (const compiler of ['typescript', 'typescript-oldest']) {
  for (const [moduleResolution, module] of Object.entries(RESOLUTIONS)) {
    test(`a strict project compiles against it with ${compiler} and ${moduleResolution}, its types checked too`, async () => {
      const config = join(project, `${compiler}-${moduleResolution}.json`);
      writeFileSync(config, JSON.stringify({ compilerOptions: { ...STRICT, lib: LIB, module, moduleResolution }, files: readdirSync(consumer) }));
      const tsc = inRoot('node_modules', compiler, 'bin', 'tsc');
      await promisify(execFile)(process.execPath, [tsc, '-p', config]).catch(({ stdout }) => assert.fail(stdout));
    });
  }
}

test('nothing that is public is of type any', () => {
  const files = namesIn(folder).filter((name) => name.endsWith('.d.ts')).map((name) => join(folder, name));
  assert.ok(files.length > 20);
  const lib = LIB.map((name) => `lib.${name}.d.ts`);
  const program = ts.createProgram(files, { strict: true, noEmit: true, types: [], lib, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler });
  const checker = program.getTypeChecker();
  const found = [];
  let looked = 0;
  for (const file of files) {
    const source = program.getSourceFile(file);
    const look = (node) => {
      // An `any` that is written, one that comes of what is not found, and what has no type.
      if (isType(node) ? (checker.getTypeAtLocation(node).flags & ts.TypeFlags.Any) !== 0 : isDeclared(node) && node.type === undefined) {
        found.push(`${file.slice(folder.length + 1)}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${node.getText()}`);
      }
      looked += 1;
      ts.forEachChild(node, look);
    };
    look(source);
  }
  assert.ok(looked > 2000, `${looked} places`);
  assert.deepEqual(found, []);
});

/** But for the parts of a type that are none by themselves. */
const isType = (node) => ts.isTypeNode(node) && !ts.isTemplateLiteralTypeSpan(node) && !ts.isNamedTupleMember(node) && !ts.isExpressionWithTypeArguments(node);

/** What is told of; `#private` stands for all that is not. */
const isDeclared = (node) =>
  (ts.isParameter(node) || ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node) || ts.isMethodSignature(node) || ts.isFunctionDeclaration(node)) &&
  !ts.isPrivateIdentifier(node.name);
