'use client';

import { defineProjection, openStore } from 'annals';
import { useLive } from 'annals/react';
import { counterWith } from './counter.js';

export const Counter = counterWith({ defineProjection, openStore }, { useLive });
