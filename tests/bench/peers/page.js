// What runs in the page of a peer: that of the bench, with the peers among its contenders.

import { contenders } from '../contenders/all.js';
import { reading } from '../page/reading.js';
import { writing } from '../page/writing.js';
import { opening } from './page/opening.js';
import { telling } from './page/telling.js';
import { watching } from './page/watching.js';
import { peers } from './stores/all.js';

Object.assign(contenders, peers);

globalThis.bench = { ...writing, ...reading, ...opening, ...telling, ...watching };
