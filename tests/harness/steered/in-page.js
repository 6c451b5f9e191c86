// The page's side of steering: it runs what the test orders, and tells what came of it.
//
// An order is a script of this page's own server, so the strictest policy allows it. What it needs of the page is taken before a test changes it.
import { pack, unpack } from './values.js';

const { document, WebSocket, console } = globalThis;
const { stringify } = JSON;
const later = globalThis.setTimeout.bind(globalThis);
const kept = [];

// The tab remembers who it is over reloads; the first time it is told in the address.
const named = /^#page-(\d+)$/.exec(location.hash)?.[1];
if (named !== undefined) {
  sessionStorage.setItem('steered page', named);
  history.replaceState(null, '', location.pathname + location.search);
}

const socket = new WebSocket(`ws://${location.host}/steering?page=${sessionStorage.getItem('steered page')}`);
const tell = (what) => socket.send(stringify(what));

socket.addEventListener('message', ({ data: path }) => {
  const script = document.createElement('script');
  script.src = path;
  script.onload = () => script.remove();
  document.head.append(script);
});

/** Runs one order; `isKept` when its result stays here. */
async function run({ number, order, argument, isKept }) {
  try {
    const result = await order(unpack(argument, (key) => kept[key]));
    tell({ number, result: isKept ? kept.push(result) - 1 : pack(result) });
  } catch (error) {
    tell({ number, error: error instanceof Error ? `${error.name}: ${error.message}\n${error.stack}` : String(error) });
  }
}

/** Puts a function here that calls one of the test. */
function expose(name) {
  globalThis[name] = (...values) => tell({ called: name, values: pack(values) });
}

// On the prototype's side, so that nobody who lists what a page has finds it.
Object.defineProperty(globalThis, 'steering', { value: { run, expose, later } });

addEventListener('error', ({ error, message }) => tell({ uncaught: error?.stack === undefined ? message : `${error.name}: ${error.message}\n${error.stack}` }));
addEventListener('unhandledrejection', ({ reason }) => tell({ uncaught: reason?.stack === undefined ? String(reason) : `${reason.name}: ${reason.message}\n${reason.stack}` }));

for (const [method, type] of Object.entries({ debug: 'debug', error: 'error', info: 'info', log: 'log', warn: 'warning' })) {
  const original = console[method].bind(console);
  console[method] = (...values) => {
    original(...values);
    tell({ printed: type, text: values.map(String).join(' ') });
  };
}
