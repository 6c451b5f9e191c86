// The users of the demo page: an aggregate as a person meets it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, demo, focusable, focusedId, rowCount, sticksOut, tabStops, types } from './demo-page.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {{ name: string, email: string, active: string, version: string }} State */

const ada = { name: 'Ada', email: 'ada@example.com' };
const grace = { name: 'Grace', email: 'grace@example.com' };

test('a user who is created is on the card and in the log', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.getByText('Nobody is here yet.').waitFor();
  await create(page, ada);
  await cardIs(page, { ...ada, active: 'yes', version: '1' });
  await rowCount(page, 1);
  assert.deepEqual(await types(page), ['UserCreated']);
  assert.deepEqual(await page.locator('.tag').allInnerTexts(), ['email:ada@example.com']);
  await says(page, '#user-form-outcome', 'Ada is created: event 1 in the log.');
  assert.equal(await page.getByText('Nobody is here yet.').isVisible(), false);
});

test('an e-mail without an @ is refused beside its field', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await create(page, { name: 'Ada', email: 'ada.example.com' });
  await says(page, '#new-user-email-refusal', 'An e-mail address has an @ in it.');
  const email = newEmail(page);
  assert.equal(await focusedId(page), 'new-user-email');
  assert.equal(await email.getAttribute('aria-invalid'), 'true');
  assert.equal(await email.inputValue(), 'ada.example.com');
  await email.pressSequentially('@');
  await says(page, '#new-user-email-refusal', '');
  assert.equal(await email.getAttribute('aria-invalid'), null);
  await rowCount(page, 0);
  await page.keyboard.press('Enter');
  await cardIs(page, { name: 'Ada', email: 'ada.example.com@' });
});

test('a user without a name is refused beside the name', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await create(page, { name: ' ', email: ada.email });
  await says(page, '#new-user-name-refusal', 'A user has a name.');
  assert.equal(await focusedId(page), 'new-user-name');
  await create(page, ada);
  await rename(page, ' ');
  await says(page, '#rename-refusal', 'A user has a name.');
  assert.equal(await focusedId(page), 'user-new-name');
  await rowCount(page, 1);
});

test('an e-mail belongs to one user, in upper and in lower case, in every tab', async (t) => {
  const { visit } = await demo(t);
  const here = await visit();
  const there = await visit({ context: here.context() });
  await create(here, ada);
  await rowCount(here, 1);
  await create(here, { name: 'Another', email: 'ADA@example.com' });
  await says(here, '#new-user-email-refusal', 'Another user has this e-mail address.');
  await create(there, { name: 'Another', email: ada.email });
  await says(there, '#new-user-email-refusal', 'Another user has this e-mail address.');
  await rename(here, 'Ada Lovelace');
  await rowCount(here, 2);
  await create(there, { name: 'Another', email: ada.email });
  await says(there, '#new-user-email-refusal', 'Another user has this e-mail address.');
  await create(there, grace);
  await rowCount(there, 3);
  assert.deepEqual(await types(there), ['UserCreated', 'UserRenamed', 'UserCreated']);
});

test('of two tabs that create the same e-mail at once one is refused', async (t) => {
  const { visit } = await demo(t);
  const here = await visit();
  const tabs = [here, await visit({ context: here.context() })];
  await Promise.all(tabs.map((page) => create(page, ada)));
  const answers = await Promise.all(tabs.map((page) => page.locator('#user-form-outcome, #new-user-email-refusal').filter({ hasText: /./ }).innerText()));
  assert.deepEqual(answers.sort(), ['Ada is created: event 1 in the log.', 'Another user has this e-mail address.']);
  for (const page of tabs) await rowCount(page, 1);
});

test('a button that is pressed twice creates one user', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await pressTwice(page.getByRole('button', { name: 'Create user' }));
  await cardIs(page, { name: 'Radia', email: 'radia@example.com' });
  await says(page, '#user-form-outcome', 'Radia is created: event 1 in the log.');
  await rowCount(page, 1);
});

test('a user is renamed, and not when that is the name already', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await create(page, ada);
  await cardIs(page, ada);
  await rename(page, 'Ada Lovelace');
  await cardIs(page, { name: 'Ada Lovelace', email: ada.email, active: 'yes', version: '2' });
  await says(page, '#user-outcome', 'Renamed: event 2 in the log.');
  assert.deepEqual(await users(page), ['Ada Lovelace, ada@example.com']);
  await rename(page, 'Ada Lovelace');
  await says(page, '#user-outcome', 'Nothing happened: that is the name already.');
  await rowCount(page, 2);
});

test('a user is deactivated, once, and can be renamed after that', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await create(page, ada);
  await cardIs(page, ada);
  await deactivate(page);
  await cardIs(page, { active: 'no', version: '2' });
  assert.equal(await focusedId(page), 'deactivate-user');
  await says(page, '#user-outcome', 'Deactivated: event 2 in the log.');
  await deactivate(page);
  await says(page, '#user-outcome', 'Nothing happened: the user is inactive already.');
  await rename(page, 'Ada Lovelace');
  await cardIs(page, { name: 'Ada Lovelace', active: 'no', version: '3' });
});

test('the slider goes through the history of a user, and back to now', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await create(page, ada);
  await cardIs(page, ada);
  await rename(page, 'Ada Lovelace');
  await cardIs(page, { version: '2' });
  await deactivate(page);
  await cardIs(page, { version: '3' });
  await says(page, '#user-moment-text', /^Now, after 3 events\. The last: UserDeactivated, \d\d:\d\d:\d\d\.$/);
  const slider = page.getByRole('slider', { name: 'Go back in time' });
  await slider.focus();
  await page.keyboard.press('ArrowLeft');
  await cardIs(page, { name: 'Ada Lovelace', active: 'yes', version: '2' });
  await page.keyboard.press('ArrowLeft');
  await cardIs(page, { name: 'Ada', active: 'yes', version: '1' });
  await says(page, '#user-moment-text', /^The past, after 1 of 3 events\. The last: UserCreated, \d\d:\d\d:\d\d\.$/);
  assert.equal(await slider.getAttribute('aria-valuetext'), await page.locator('#user-moment-text').innerText());
  for (const name of ['Rename', 'Deactivate']) assert.equal(await page.getByRole('button', { name, exact: true }).isDisabled(), true);
  await page.keyboard.press('Home');
  await cardIs(page, { name: 'none yet', email: 'none yet', active: 'no', version: '0' });
  await says(page, '#user-moment-text', 'Before the first event: there is no such user yet.');
  await page.getByRole('button', { name: 'Back to now' }).click();
  await cardIs(page, { name: 'Ada Lovelace', active: 'no', version: '3' });
  assert.equal(await focusedId(page), 'user-moment');
  await page.getByRole('button', { name: 'Back to now' }).waitFor({ state: 'hidden' });
  assert.equal(await page.getByRole('button', { name: 'Rename', exact: true }).isEnabled(), true);
});

test('a card follows what another tab does, and stays in the past while somebody is there', async (t) => {
  const { visit } = await demo(t);
  const here = await visit();
  const there = await visit({ context: here.context() });
  await create(here, ada);
  await cardIs(here, ada);
  await cardIs(there, { ...ada, version: '1' });
  await rename(here, 'Ada Lovelace');
  await cardIs(there, { name: 'Ada Lovelace', version: '2' });
  assert.deepEqual(await users(there), ['Ada Lovelace, ada@example.com']);
  await there.locator('#user-moment').press('ArrowLeft');
  await cardIs(there, { name: 'Ada', version: '1' });
  await deactivate(here);
  await says(there, '#user-moment-text', /^The past, after 1 of 3 events/);
  await cardIs(there, { name: 'Ada', active: 'yes', version: '1' });
  await there.locator('#user-moment').press('End');
  await cardIs(there, { name: 'Ada Lovelace', active: 'no', version: '3' });
});

test('a reload and a second tab show the user who was picked', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await create(page, ada);
  await cardIs(page, ada);
  await create(page, grace);
  await cardIs(page, grace);
  await page.reload();
  await cardIs(page, { ...grace, active: 'yes', version: '1' });
  assert.deepEqual(await users(page), ['Ada, ada@example.com', 'Grace, grace@example.com']);
  await page.getByRole('button', { name: 'Ada ada@example.com' }).click();
  await cardIs(page, ada);
  const opened = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Open a second tab' }).click();
  await cardIs(await opened, ada);
});

test('a user of whom only the address knows gives way to the first one', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.getByRole('button', { name: 'Sample events' }).click();
  await cardIs(page, { name: 'Ada Lovelace', email: 'ada@example.com', active: 'yes', version: '2' });
  const address = new URL(page.url());
  address.searchParams.set('user', 'nobody');
  await page.goto(address.href);
  await cardIs(page, { name: 'Ada Lovelace' });
  assert.equal(new URL(page.url()).searchParams.get('user'), '1');
});

test('the list is searched, ordered and counted, and follows what happens in either tab', async (t) => {
  const { visit } = await demo(t);
  const here = await visit();
  const there = await visit({ context: here.context() });
  for (const name of ['Grace', 'ada', 'Alan']) {
    await create(here, { name, email: `${name.toLowerCase()}@example.com` });
    await cardIs(here, { name });
  }
  await says(there, '#user-counts', '3 users, 3 active');
  assert.deepEqual(await names(there), ['ada', 'Alan', 'Grace']);
  await there.getByLabel('Order').selectOption('newest');
  assert.deepEqual(await names(there), ['Alan', 'ada', 'Grace']);
  await there.getByLabel('Name begins with').fill(' A');
  assert.deepEqual(await names(there), ['Alan', 'ada']);
  await rename(here, 'Bob');
  await namesAre(there, ['ada']);
  assert.deepEqual(await names(here), ['ada', 'Bob', 'Grace']);
  await deactivate(here);
  await says(there, '#user-counts', '3 users, 2 active');
  await there.getByLabel('Name begins with').fill('');
  await there.getByLabel('Only active ones').check();
  assert.deepEqual(await names(there), ['ada', 'Grace']);
  await there.getByLabel('Name begins with').fill('zed');
  await there.getByText('Nobody is called so.').waitFor();
  assert.deepEqual(await users(here), ['ada, ada@example.com', 'Bob, alan@example.com, inactive', 'Grace, grace@example.com']);
});

test('a user who is picked in the list keeps the focus when the list is drawn again', async (t) => {
  const { visit } = await demo(t);
  const here = await visit();
  const there = await visit({ context: here.context() });
  await create(here, ada);
  await cardIs(here, ada);
  await create(here, grace);
  await cardIs(here, grace);
  const choice = here.getByRole('button', { name: 'Ada ada@example.com' });
  await choice.click();
  await cardIs(here, ada);
  assert.equal(await choice.getAttribute('aria-pressed'), 'true');
  await create(there, { name: 'Aaron', email: 'aaron@example.com' });
  await namesAre(here, ['Aaron', 'Ada', 'Grace']);
  assert.equal(await choice.evaluate((one) => one === document.activeElement), true);
});

test('the list is there again after a reload', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await create(page, ada);
  await cardIs(page, ada);
  await create(page, grace);
  await namesAre(page, ['Ada', 'Grace']);
  await page.reload();
  await namesAre(page, ['Ada', 'Grace']);
});

test('a button for samples that is pressed twice has brought them once', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await pressTwice(page.getByRole('button', { name: 'Sample events' }));
  await rowCount(page, 8);
  assert.deepEqual(await users(page), ['Ada Lovelace, ada@example.com', 'Grace, grace@example.com']);
  await append(page, { stream: 'order-9', type: 'OrderPlaced' });
  await rowCount(page, 9);
  assert.equal(await page.getByRole('alert').innerText(), '');
});

test('with the store the users go', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await create(page, ada);
  await cardIs(page, ada);
  await page.getByRole('button', { name: 'Delete the store…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nobody is here yet.').waitFor();
  assert.equal(await page.locator('#user').isVisible(), false);
  assert.equal(new URL(page.url()).searchParams.get('user'), null);
  await create(page, ada);
  await cardIs(page, { ...ada, version: '1' });
  assert.deepEqual(await users(page), ['Ada, ada@example.com']);
});

test('what a user is called is text, whatever it looks like', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  const name = '<img src="x"><b>Ada</b>';
  await create(page, { name, email: ada.email });
  await cardIs(page, { name });
  await rowCount(page, 1);
  assert.deepEqual(await users(page), [`${name}, ada@example.com`]);
  assert.equal(await page.locator('main img, main b').count(), 0);
});

test('a history that the rules cannot make sense of is said on the card, and the others go on', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await append(page, { stream: 'user-odd', type: 'UserCreated', data: '{ "name": "Odd" }' });
  await cardIs(page, { name: 'Odd', version: '1' });
  await append(page, { stream: 'user-odd', type: 'UserRenamed' });
  await says(page, '#user-problem', 'The rules cannot make sense of this history: an event in it is not what they expect.');
  await rename(page, 'Even');
  await says(page, '#rename-refusal', 'The rules cannot make sense of this history: an event in it is not what they expect.');
  await create(page, ada);
  await cardIs(page, ada);
  await says(page, '#user-problem', '');
  await says(page, '#rename-refusal', '');
});

test('with a user on the page, too, everything can be reached with the keyboard', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await newEmail(page).focus();
  await page.keyboard.press('Enter');
  await cardIs(page, { name: 'Radia' });
  await rowCount(page, 1);
  assert.equal(await focusedId(page), 'new-user-email');
  assert.deepEqual(await tabStops(page), await page.evaluate(focusable));
  await page.getByLabel('New name').focus();
  await page.keyboard.type('Radia Perlman');
  await page.keyboard.press('Enter');
  await cardIs(page, { name: 'Radia Perlman' });
  assert.equal(await focusedId(page), 'user-new-name');
});

for (const width of [320, 360, 768, 1280]) {
  test(`no user is wider than a screen of ${width} pixels`, async (t) => {
    const { visit } = await demo(t);
    const page = await visit();
    await page.setViewportSize({ width, height: 740 });
    const long = { name: 'N'.repeat(100), email: `${'e'.repeat(50)}@${'x'.repeat(49)}` };
    await create(page, long);
    await cardIs(page, long);
    await create(page, { ...long, name: 'Another' });
    await says(page, '#new-user-email-refusal', 'Another user has this e-mail address.');
    await rename(page, 'M'.repeat(100));
    await cardIs(page, { version: '2' });
    await page.locator('#user-moment').press('ArrowLeft');
    await page.getByRole('button', { name: 'Back to now' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), true);
    assert.deepEqual(await page.evaluate(sticksOut), []);
  });
}

/** @param {Page} page */
const newEmail = (page) => page.getByLabel('E-mail');

/**
 * Fills in the form for a new user and presses its button.
 * @param {Page} page
 * @param {{ name: string, email: string }} user
 */
async function create(page, { name, email }) {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await newEmail(page).fill(email);
  await page.getByRole('button', { name: 'Create user' }).click();
}

/**
 * @param {Page} page
 * @param {string} name
 */
async function rename(page, name) {
  await page.getByLabel('New name').fill(name);
  await page.getByRole('button', { name: 'Rename', exact: true }).click();
}

/** @param {Page} page */
const deactivate = (page) => page.getByRole('button', { name: 'Deactivate', exact: true }).click();

/**
 * Quicker than anybody could.
 * @param {import('playwright-core').Locator} button
 */
const pressTwice = (button) => button.evaluate((/** @type {HTMLElement} */ element) => (element.click(), element.click()));

/**
 * Waits until the card shows this of a state.
 * @param {Page} page
 * @param {Partial<State>} state
 */
const cardIs = (page, state) =>
  page.waitForFunction(
    (wanted) => document.getElementById('user')?.checkVisibility() && Object.entries(wanted).every(([key, value]) => document.getElementById(`user-${key}`)?.textContent === value),
    state,
  );

/**
 * Waits until an element says exactly this, or something like it.
 * @param {Page} page
 * @param {string} selector
 * @param {string | RegExp} sentence
 */
const says = (page, selector, sentence) =>
  page.waitForFunction(
    ([place, wanted]) => {
      const said = document.querySelector(place)?.textContent ?? '';
      return typeof wanted === 'string' ? said === wanted : wanted.test(said);
    },
    /** @type {const} */ ([selector, sentence]),
  );

/**
 * Who can be picked.
 * @param {Page} page
 */
const users = (page) => page.locator('.user-choice').evaluateAll((all) => all.map((one) => [...one.children].map(({ textContent }) => textContent).join(', ')));

/** @param {Page} page */
const names = (page) => page.locator('.user-called').allTextContents();

/**
 * Waits until the list has these users, by name.
 * @param {Page} page
 * @param {string[]} wanted
 */
const namesAre = (page, wanted) =>
  page.waitForFunction((given) => [...document.querySelectorAll('.user-called')].map(({ textContent }) => textContent).join() === given.join(), wanted);
