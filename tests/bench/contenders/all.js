// The contenders by the name under which a lane opens them.

import * as annals from './annals.js';
import * as bare from './bare.js';
import * as dispatching from './dispatching.js';
import * as handwritten from './handwritten.js';
import * as limit from './limit.js';
import * as loading from './loading.js';
import * as rust from './rust.js';
import * as shelf from './shelf.js';

export const contenders = { annals, bare, dispatching, handwritten, limit, loading, rust, shelf };
