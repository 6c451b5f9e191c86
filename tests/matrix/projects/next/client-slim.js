'use client';

import { useLive } from 'annals/react';
import { defineProjection, openStore, setEngine } from 'annals/slim';
import { counterWith } from './counter.js';

setEngine(() => fetch(new URL('annals/engine.wasm', import.meta.url)));

export const Counter = counterWith({ defineProjection, openStore }, { useLive });
