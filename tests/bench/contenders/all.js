// The contenders by the name under which a lane opens them.

import * as annals from './annals.js';
import * as bare from './bare.js';
import * as dexie from './dexie.js';
import * as dispatching from './dispatching.js';
import * as handwritten from './handwritten.js';
import * as limit from './limit.js';
import * as loading from './loading.js';
import * as map from './map.js';
import * as rust from './rust.js';
import * as shelf from './shelf.js';

/** Others may be entered by the page that measures them. */
export const contenders = { annals, bare, dexie, dispatching, handwritten, limit, loading, map, rust, shelf };
