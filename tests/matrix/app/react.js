// The view by way of annals/react.
import { defineProjection, openStore } from 'annals';
import { useLive } from 'annals/react';
import { counterWith } from './counter.js';
import { render } from './render.js';

render(counterWith({ defineProjection, openStore }, { useLive }));
