// annals without its wasm, which is a file of its own beside the scripts.
import { defineProjection, openStore, setEngine } from 'annals/slim';
import { page } from './page.js';

setEngine(() => fetch(new URL('annals/engine.wasm', import.meta.url)));
page({ defineProjection, openStore });
