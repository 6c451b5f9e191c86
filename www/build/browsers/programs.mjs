// Finding programs that are installed.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { Stop } from '../log.mjs';

/**
 * The program that a variable of the environment names.
 * @param {string} variable
 */
export function chosenProgram(variable) {
  const path = process.env[variable];
  if (path === undefined || path === '') return undefined;
  if (!isProgram(path)) throw new Stop(`${variable} names ${path}, which is no program.`);
  return path;
}

/**
 * Where programs of these names would be, in the order of the names.
 * @param {readonly string[]} names
 */
export function onPath(names) {
  const ending = process.platform === 'win32' ? '.exe' : '';
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name + ending)));
}

/** @param {string} path */
export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
