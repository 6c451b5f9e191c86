// What runs in the page: one lane at a time, told by Node what to do next.

import { bytes } from './page/bytes.js';
import { growth } from './page/growth.js';
import { listening } from './page/listening.js';
import { remembering } from './page/memory.js';
import { merging } from './page/merging.js';
import { reading } from './page/reading.js';
import { tabs } from './page/tabs.js';
import { writing } from './page/writing.js';

globalThis.bench = { ...writing, ...reading, ...bytes, ...merging, ...listening, ...growth, ...remembering, ...tabs };
