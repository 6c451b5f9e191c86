'use client';

import { counterWith } from './counter.js';

export const Counter = counterWith({}, {});
