// SPDX-License-Identifier: GPL-2.0-or-later
//
// The generated document: by the schema, with sums that agree; and how large its page
// is and how soon it takes input.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { generate } from './generate.mjs';
import { open, show, test, top, write } from './harness.mjs';

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictRequired: false });
const validate = ajv.compile(JSON.parse(await readFile(path.join(top, 'docs/report.schema.json'), 'utf8')));

export function conforms(document) {
  assert.ok(validate(document), (validate.errors ?? []).slice(0, 5)
    .map((error) => `${error.instancePath} ${error.message}`).join('; '));
}

/** Of ten million events, shared by the tests */
export const document = generate();
export const report = await write('generated', document);

test('the generated document follows the schema', () => conforms(document));

test('the schema refuses what is wrong', () => {
  for (const change of [(of) => delete of.losses, (of) => { of.totals.events = -1; },
    (of) => { of.lifetimes[0].lifetime_p50_ns = 12; }, (of) => { of.leaks[0].verdict = 'maybe'; }]) {
    const copy = structuredClone(document);

    change(copy);
    assert.equal(validate(copy), false);
  }
});

test('sums over sites, caches and bins are those of the recording', () => {
  const { totals, sites, rest, timeline } = document;

  for (const key of ['allocs', 'frees', 'alloc_bytes', 'requested_bytes', 'live_objects', 'live_bytes', 'live_waste_bytes']) {
    assert.equal(sites.reduce((sum, site) => sum + site[key], rest[key]), totals[key], key);
    assert.equal(document.caches.reduce((sum, cache) => sum + cache[key], 0), totals[key], key);
  }
  assert.equal(timeline.bins.reduce((sum, bin) => sum + bin.allocs, 0), totals.allocs);
  assert.equal(timeline.bins.at(-1).live_bytes, totals.live_bytes);
});

test('the page of ten million events is below 5 MB', () => {
  assert.ok(document.totals.events >= 10e6);
  assert.ok(document.sites.length >= 2000);
  assert.ok(report.bytes < 5e6, `${report.bytes} bytes`);
});

test('it takes input within a second, and so does each view', async () => {
  const opening = [], slow = {};

  // The best of some: others may use the machine at the same time.
  for (let round = 0; round < 4; round++) {
    await open(report.file, {}, async (page) => {
      opening.push(Number(await page.evaluate(() => document.documentElement.dataset.readyMs)));
      for (const view of await page.$$eval('nav a', (all) => all.map((of) => of.dataset.view))) {
        await page.evaluate(() => { performance.clearMarks(); performance.mark('go'); });
        await show(page, view);
        const took = await page.evaluate(() => new Promise((done) => requestAnimationFrame(() =>
          setTimeout(() => done(performance.now() - performance.getEntriesByName('go')[0].startTime)))));
        slow[view] = Math.min(slow[view] ?? Infinity, took);
      }
    });
  }
  const best = Math.min(...opening);

  console.log(`    ${best} ms to input; views: ${Object.entries(slow)
    .map(([view, took]) => `${view} ${took.toFixed(0)}`).join(', ')} ms`);
  assert.ok(best < 1000, `${best} ms`);
  for (const [view, took] of Object.entries(slow))
    assert.ok(took < 1000, `${view}: ${took} ms`);
});
