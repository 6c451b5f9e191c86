// The same component without annals.
import { counterWith } from './counter.js';
import { render } from './render.js';

render(counterWith({}, {}));
