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

/** Seconds of processor that the page's main thread has used: others' load is not in it */
async function processor(session) {
  const { metrics } = await session.send('Performance.getMetrics');

  return metrics.find((of) => of.name === 'TaskDuration').value;
}

test('it takes input within a second, and so does each view', async () => {
  const opening = [], wall = [], slow = {};

  for (let round = 0; round < 3; round++) {
    await open(report.file, {}, async (page) => {
      const session = await page.context().newCDPSession(page);

      await session.send('Performance.enable', { timeDomain: 'threadTicks' });
      // Counted from a navigation on
      await page.reload();
      await page.waitForFunction(() => document.documentElement.dataset.readyMs);
      opening.push(await processor(session) * 1000);
      wall.push(Number(await page.evaluate(() => document.documentElement.dataset.readyMs)));
      for (const view of await page.$$eval('nav a', (all) => all.map((of) => of.dataset.view))) {
        const start = await processor(session);

        await show(page, view);
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        slow[view] = Math.min(slow[view] ?? Infinity, (await processor(session) - start) * 1000);
      }
    });
  }
  const best = Math.min(...opening);

  console.log(`    ${best.toFixed(0)} ms of processor to input (${Math.min(...wall)} ms by the clock); views: ` +
    `${Object.entries(slow).map(([view, took]) => `${view} ${took.toFixed(0)}`).join(', ')} ms`);
  assert.ok(best > 20, 'it is measured');
  assert.ok(best < 1000, `${best} ms`);
  for (const [view, took] of Object.entries(slow))
    assert.ok(took < 1000, `${view}: ${took} ms`);
});
