// What is on the site, and in which order: each page by the Markdown file that it is made of.
// A page keeps the order of its section for the links to the previous and the next one.

/**
 * @typedef {object} Entry
 * @property {string} source the file, from the project's root
 * @property {string} path the page, from the site's root
 * @property {string} [label] what the list of pages calls it, if that is not its title
 */
/**
 * @typedef {object} Section
 * @property {string} title
 * @property {readonly Entry[]} pages
 * @property {boolean} [isFolded] only its title is in the list of pages, until one opens it or is on a page of it
 */

const guide = (/** @type {string} */ name, /** @type {string} */ label) => ({ source: `www/docs/guides/${name}.md`, path: `guides/${name}.html`, label });
const reference = (/** @type {string} */ name, /** @type {string} */ label) => ({ source: `www/docs/reference/${name}.md`, path: `reference/${name}.html`, label });
const inside = (/** @type {string} */ source, /** @type {string} */ name, /** @type {string} */ label) => ({ source, path: `inside/${name}.html`, label });

/** @type {readonly Section[]} */
export const SECTIONS = [
  {
    title: 'Begin',
    pages: [
      { source: 'www/docs/index.md', path: 'index.html', label: 'What annals is' },
      { source: 'www/docs/tutorial.md', path: 'tutorial.html', label: 'Tutorial' },
    ],
  },
  {
    title: 'Guides',
    pages: [
      guide('modelling', 'Modelling'),
      guide('events', 'Events and streams'),
      guide('aggregates', 'Aggregates'),
      guide('views', 'Views'),
      guide('bus', 'Commands and queries'),
      guide('frameworks', 'React, Vue, Svelte, RxJS'),
      guide('testing', 'Testing'),
      guide('versioning', 'Versioning'),
      guide('tabs', 'Tabs'),
      guide('storage', 'Storage and its limits'),
      guide('backup', 'Backup'),
      guide('care', 'Merging, checking, repairing'),
      guide('performance', 'Performance'),
      guide('security', 'Security and CSP'),
      guide('rust', 'In Rust'),
    ],
  },
  {
    title: 'Reference',
    pages: [
      reference('index', 'All names'),
      reference('errors', 'Errors'),
      reference('notices', 'Notices'),
      reference('limits', 'Limits'),
      reference('store', 'The store'),
      reference('events', 'Events'),
      reference('aggregates', 'Aggregates and handlers'),
      reference('views', 'Views'),
      reference('testing', 'annals/testing'),
      reference('frameworks', 'For frameworks'),
      reference('slim', 'annals/slim, annals/static'),
    ],
  },
  {
    title: 'To judge by',
    pages: [
      { source: 'www/docs/laws.md', path: 'laws.html', label: 'What is promised' },
      { source: 'www/docs/comparison.md', path: 'comparison.html', label: 'Beside the alternatives' },
      inside('tests/bench/PEERS.md', 'peers', 'Measured beside its peers'),
      inside('tests/bench/RESULTS.md', 'growth', 'Measured as it grows'),
      { source: 'CHANGELOG.md', path: 'changelog.html', label: 'Changes' },
    ],
  },
  {
    title: 'Inside',
    isFolded: true,
    pages: [
      { source: 'www/docs/working.md', path: 'inside/working.html', label: 'Working on it' },
      inside('src/README.md', 'map', 'The map'),
      inside('src/DESIGN.md', 'design', 'Why it is so'),
      inside('src/log/codec/FORMAT.md', 'format', 'The byte format'),
      inside('src/storage/file/FORMAT.md', 'file-format', 'The file format'),
      inside('tests/bench/README.md', 'bench', 'How it is measured'),
      inside('tests/bench/peers/README.md', 'bench-peers', 'How the peers are written'),
      inside('tests/fuzz/README.md', 'fuzzing', 'Fuzzing'),
      inside('tests/fixtures/README.md', 'fixtures', 'Stores of earlier code'),
      { source: 'www/docs/README.md', path: 'inside/docs.html', label: 'These pages' },
    ],
  },
];

/** All pages, in the order in which one reads them. */
export const ENTRIES = SECTIONS.flatMap(({ pages }) => pages);
