// The built site, as its tests see it.
import { relative, sep } from 'node:path';
import { filesIn } from '../../../www/build/files.mjs';
import { manual } from '../../../www/build/paths.mjs';

/** The policy under which the site works: nothing inline, nothing fetched. */
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'";

/** Every file of the site, from its root. */
export const files = filesIn(manual).map((file) => relative(manual, file).split(sep).join('/'));
export const pages = files.filter((file) => file.endsWith('.html'));
