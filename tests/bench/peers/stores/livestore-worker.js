// LiveStore's leader: it stores the events, and the tables that are made of them.

import { makeWorker } from '@livestore/adapter-web/worker';

import { schema } from './livestore-schema.js';

makeWorker({ schema });
