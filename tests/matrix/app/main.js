// annals as most import it.
import { defineProjection, openStore } from 'annals';
import { page } from './page.js';

page({ defineProjection, openStore });
