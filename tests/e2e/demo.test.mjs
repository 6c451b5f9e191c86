// The demo page as a person uses it: by its labels, its buttons and the keyboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, demo, figure, focusable, focusedId, importEvents, newestIs, outcome, rowCount, sticksOut, streams, tabStops, text, types } from './demo-page.mjs';

test('an event appended with the form is in the log and in the figures', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await append(page, { stream: 'user-7', type: 'UserRenamed', tags: 'vip, country:pt', data: '{ "name": "Grace" }' });
  await outcome(page, 'Append an event', 'Stored at position 1, revision 1 of user-7.');
  await rowCount(page, 1);
  const row = await page.locator('.event-line').innerText();
  for (const part of ['1', 'UserRenamed', 'user-7', '@1', 'vip', 'country:pt', '{"name":"Grace"}']) assert.ok(row.includes(part), `${part} in ${row}`);
  await figure(page, 'Events', '1');
  await figure(page, 'Head', '1');
  await figure(page, 'Records', '1');
  await figure(page, 'Segments', 'none yet');
  await figure(page, 'Merged since opening', '0 bytes');
  await figure(page, 'Memory of the engine', /^[\d.]+ [kM]B$/);
});

test('an empty log tells what to do and offers samples', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.getByText('Nothing has happened yet.').waitFor();
  await page.getByRole('button', { name: 'Sample events' }).click();
  await rowCount(page, 8);
  await page.getByRole('button', { name: 'Sample events' }).waitFor({ state: 'hidden' });
  await figure(page, 'Streams', '4');
});

test('a second tab sees an event as soon as it is stored', async (t) => {
  const { visit } = await demo(t);
  const here = await visit();
  const there = await visit({ context: here.context() });
  await append(here, { stream: 'user-1', type: 'FromHere' });
  await rowCount(there, 1);
  await append(there, { stream: 'user-1', type: 'FromThere' });
  await rowCount(here, 2);
  assert.deepEqual(await types(here), ['FromThere', 'FromHere']);
  assert.deepEqual(await types(there), ['FromThere', 'FromHere']);
  await figure(here, 'Events', '2');
});

test('filters narrow what is there and what arrives, together', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.getByRole('button', { name: 'Sample events' }).click();
  await rowCount(page, 8);
  const filters = page.getByRole('search');
  await filters.getByLabel('Category').fill('order');
  await rowCount(page, 5);
  await filters.getByLabel('Type').fill('OrderPlaced');
  await rowCount(page, 2);
  await filters.getByLabel('Tag').fill('customer:user-2');
  await rowCount(page, 1);
  await append(page, { stream: 'order-9', type: 'OrderPlaced', tags: 'customer:user-3' });
  await outcome(page, 'Append an event', 'Stored at position 9, revision 1 of order-9.');
  await append(page, { stream: 'order-10', type: 'OrderPlaced', tags: 'customer:user-2' });
  await rowCount(page, 2);
  assert.deepEqual(await streams(page), ['order-10@1', 'order-2@1']);
  await filters.getByLabel('Stream').fill('user-1');
  await page.getByText('No event matches these filters.').waitFor();
  await page.getByRole('button', { name: 'Show all events' }).click();
  await rowCount(page, 10);
});

test('a reload keeps the events and the filters', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.getByRole('button', { name: 'Sample events' }).click();
  await rowCount(page, 8);
  await page.getByRole('search').getByLabel('Stream').fill('order-1');
  await rowCount(page, 4);
  await page.reload();
  await rowCount(page, 4);
  assert.equal(await page.getByRole('search').getByLabel('Stream').inputValue(), 'order-1');
  await figure(page, 'Events', '8');
});

test('the address alone brings a filter', async (t) => {
  const { visit, store } = await demo(t);
  const first = await visit();
  await first.getByRole('button', { name: 'Sample events' }).click();
  await rowCount(first, 8);
  const page = await visit({ context: first.context(), store, hash: '#type=ItemAdded&category=order' });
  await rowCount(page, 2);
});

test('wrong JSON shows an error and stores nothing', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await append(page, { stream: 'user-1', type: 'UserRegistered', data: '{ "name": Ada }' });
  await page.getByText('This is not JSON').waitFor();
  assert.equal(await focusedId(page), 'event-data');
  assert.equal(await page.getByLabel('Data').getAttribute('aria-invalid'), 'true');
  await append(page, { stream: 'user-1', type: 'UserRegistered', data: '{ "name": "Ada" }' });
  await outcome(page, 'Append an event', 'Stored at position 1, revision 1 of user-1.');
  assert.equal(await page.getByText('This is not JSON').count(), 0);
});

test('a conflict says what was expected and what is there', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await append(page, { stream: 'user-1', type: 'A', expected: 'noStream' });
  await outcome(page, 'Append an event', 'Stored at position 1, revision 1 of user-1.');
  await append(page, { stream: 'user-1', type: 'B', expected: 'noStream' });
  await outcome(page, 'Append an event', 'Nothing was stored: the stream user-1 is at revision 1, but it was expected to be new.');
  await append(page, { stream: 'user-1', type: 'B', expected: 'exact', revision: '3' });
  await outcome(page, 'Append an event', 'Nothing was stored: the stream user-1 is at revision 1, but revision 3 was expected.');
  await append(page, { stream: 'user-2', type: 'B', expected: 'exists' });
  await outcome(page, 'Append an event', 'Nothing was stored: the stream user-2 does not exist, but it was expected to be there.');
  await append(page, { stream: 'user-1', type: 'B', expected: 'exact', revision: '1' });
  await outcome(page, 'Append an event', 'Stored at position 2, revision 2 of user-1.');
});

test('a form that the store refuses says why', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await append(page, { stream: '', type: 'A' });
  await page.waitForFunction(() => document.getElementById('composer-outcome')?.dataset['mood'] === 'bad');
  await append(page, { stream: 'user-1', type: 'A', expected: 'exact', revision: '' });
  await outcome(page, 'Append an event', 'Say which revision you expect: a whole number, 0 for a stream that does not exist.');
  await rowCount(page, 0);
});

test('100,000 imported events are there at once, after a reload and in a second tab, and sound', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  const watching = await visit({ context: page.context() });
  await page.getByRole('button', { name: 'Import' }).click();
  // A slow machine takes its time.
  await page.locator('#import-outcome').filter({ hasText: /^Stored 100,000 events in .* a second\.$/ }).waitFor({ timeout: 120_000 });
  await newestIs(page, '100,000');
  await rowCount(page, 200);
  await newestIs(watching, '100,000');
  await rowCount(watching, 200);
  await figure(page, 'Events', '100,000');
  await figure(page, 'Segments', /^[1-9]/); // It has merged by itself.
  await page.reload();
  await newestIs(page, '100,000');
  await figure(page, 'Events', '100,000');
  await figure(page, 'Segments', /^[1-9]/);
  await page.getByRole('button', { name: 'Check every byte' }).click();
  await text(page, 'storage-outcome', /with 100,000 events, .* All sound\.$/);
});

test('a cancelled import keeps what was stored, and says how much that is', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.getByRole('button', { name: 'Import' }).click();
  await page.waitForFunction(() => document.querySelector('progress')?.value);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await text(page, 'import-outcome', /^Cancelled\. [\d,]+ events were stored before that and stay\.$/);
  const said = /([\d,]+) events/.exec(await page.locator('#import-outcome').innerText())?.[1] ?? '';
  assert.notEqual(said, '100,000');
  await figure(page, 'Events', said);
  await page.reload();
  await newestIs(page, said);
  await figure(page, 'Events', said);
  await page.getByRole('button', { name: 'Import' }).waitFor();
});

test('the past is shown a page at a time, to the beginning', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await importEvents(page, '1000');
  await rowCount(page, 200);
  for (const count of [400, 600, 800, 1000]) {
    await page.getByRole('button', { name: 'Show older' }).click();
    await rowCount(page, count);
  }
  await page.getByText('This is where the log begins.').waitFor();
  assert.equal(await page.locator('.event-position').last().innerText(), '1');
});

test('a page of the past lets go of the newest rows and finds the way back', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await importEvents(page, '10000');
  for (const count of [400, 600, 800, 1000, 1000]) {
    const oldest = await page.locator('.event').last().getAttribute('data-position');
    await page.getByRole('button', { name: 'Show older' }).click();
    await page.waitForFunction((before) => document.querySelector('.event:last-child')?.getAttribute('data-position') !== before, oldest);
    await rowCount(page, count);
  }
  await page.getByRole('button', { name: 'Back to the newest' }).click();
  await newestIs(page, '10,000');
  await rowCount(page, 200);
});

test('nothing moves while an event is open: what arrives waits for a word', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await append(page, { stream: 'user-1', type: 'First', data: '{ "a": [1, 2] }' });
  await rowCount(page, 1);
  await page.locator('.event-line').click();
  await page.getByRole('region', { name: 'Data' }).waitFor();
  await append(page, { stream: 'user-1', type: 'Second' });
  await page.getByRole('button', { name: 'Show 1 new event' }).waitFor();
  assert.deepEqual(await types(page), ['First']);
  await page.getByRole('button', { name: 'Show 1 new event' }).click();
  await rowCount(page, 2);
});

test('an open event offers to show only its like', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.getByRole('button', { name: 'Sample events' }).click();
  await rowCount(page, 8);
  await page.locator('.event-line').first().click();
  await page.locator('.only').getByRole('button', { name: 'customer:user-2' }).click();
  await rowCount(page, 1);
  assert.equal(await page.getByRole('search').getByLabel('Tag').inputValue(), 'customer:user-2');
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await rowCount(page, 8);
});

test('deleting asks first, then leaves a fresh store', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.getByRole('button', { name: 'Sample events' }).click();
  await rowCount(page, 8);
  await page.getByRole('button', { name: 'Delete the store…' }).click();
  await page.getByRole('dialog').getByText('It holds 8 events.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
  await rowCount(page, 8);
  await page.getByRole('button', { name: 'Delete the store…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing has happened yet.').waitFor();
  await figure(page, 'Events', '0');
  await append(page, { stream: 'user-1', type: 'Anew', expected: 'noStream' });
  await outcome(page, 'Append an event', 'Stored at position 1, revision 1 of user-1.');
});

test('a tab whose store another tab deleted says so and offers to reload', async (t) => {
  const { visit } = await demo(t);
  const here = await visit();
  const there = await visit({ context: here.context() });
  await append(here, { stream: 'user-1', type: 'A' });
  await rowCount(there, 1);
  await here.getByRole('button', { name: 'Delete the store…' }).click();
  await here.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await here.getByText('Nothing has happened yet.').waitFor();
  const alert = there.getByRole('alert');
  await alert.getByText('no longer stored').waitFor();
  await alert.getByRole('button', { name: 'Reload' }).click();
  await there.getByText('Nothing has happened yet.').waitFor();
});

test('everything can be reached and used with the keyboard alone', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  await page.keyboard.press('Tab');
  assert.equal(await focusedId(page), 'skip-link');
  await page.keyboard.press('Enter');
  assert.equal(await focusedId(page), 'log-title');
  await page.getByLabel('Data').focus();
  await page.keyboard.press('Control+Enter');
  await rowCount(page, 1);
  await page.keyboard.press('Control+Enter');
  await rowCount(page, 2);
  await figure(page, 'Events', '2');
  assert.deepEqual(await tabStops(page), await page.evaluate(focusable));
  await page.locator('.event-line').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('.event:nth-child(2) .event-detail').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.event-detail').waitFor({ state: 'detached' });
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.evaluate(() => document.activeElement === document.querySelector('.event-line')), true);
  await page.getByRole('button', { name: 'Delete the store…' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await focusedId(page), 'delete-store');
  await rowCount(page, 2);
});

test('every input, select, textarea and button has a name', async (t) => {
  const { visit } = await demo(t);
  const page = await visit();
  const nameless = await page.evaluate(() => {
    const named = (/** @type {Element} */ element) =>
      element.getAttribute('aria-label') ?? (/** @type {HTMLInputElement} */ (element).labels?.[0]?.textContent || element.textContent);
    return [...document.querySelectorAll('input, select, textarea, button:not([hidden] *, [hidden])')].filter((one) => !named(one)?.trim()).map((one) => one.id);
  });
  assert.deepEqual(nameless, []);
});

for (const width of [320, 360, 768, 1280]) {
  test(`nothing is wider than a screen of ${width} pixels`, async (t) => {
    const { visit } = await demo(t);
    const page = await visit();
    await page.setViewportSize({ width, height: 740 });
    await append(page, { stream: `user-${'x'.repeat(200)}`, type: 'Very'.repeat(40), tags: `${'tag'.repeat(40)}, short`, data: JSON.stringify({ long: 'y'.repeat(3000) }) });
    await rowCount(page, 1);
    await page.locator('.event-line').click();
    await page.locator('.event-detail').waitFor();
    await page.getByRole('search').getByLabel('Category').fill('user');
    await page.getByRole('button', { name: 'Clear the filters' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), true);
    assert.deepEqual(await page.evaluate(sticksOut), []);
  });
}
