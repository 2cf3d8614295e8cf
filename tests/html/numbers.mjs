// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is shown is what the document says: exact values stand in titles, short ones in
// the text, by the formats of the page.

import assert from 'node:assert/strict';
import * as format from '../../tools/html/src/format.js';
import { document, report } from './document.mjs';
import { open, show, test, texts } from './harness.mjs';

const exact = (value) => value.toLocaleString('en-US');
const { totals, losses, sites } = document;

/** The title of each cell of a column in the table of that label */
const column = (page, label, key) => page.$$eval(`table[aria-label="${label}"]`, ([table], name) => {
  const at = [...table.tHead.rows[0].cells].findIndex((cell) => cell.dataset.key === name);

  return [...table.tBodies[0].rows].map((row) => row.cells[at].querySelector('[title]')?.title ??
    row.cells[at].textContent);
}, key);

test('formats', () => {
  assert.equal(format.bytes(0), '0 B');
  assert.equal(format.bytes(1023), '1023 B');
  assert.equal(format.bytes(1536), '1.50 KiB');
  assert.equal(format.bytes(1048575), '1.00 MiB');
  assert.equal(format.bytes(-2048), '-2 KiB');
  assert.equal(format.count(9999), '9999');
  assert.equal(format.count(12345), '12.3 k');
  assert.equal(format.time(999), '999 ns');
  assert.equal(format.time(1.5e6), '1.50 ms');
  assert.equal(format.time(61.7e9), '61.7 s');
  assert.equal(format.time(300e9), '5 min');
  assert.equal(format.share(0.5), '50.0 %');
  assert.equal(format.share(0.00001), '< 0.01 %');
  assert.equal(format.chance(2e-9), '2 · 10⁻⁹');
  assert.equal(format.bytes(NaN), '–');
  assert.equal(format.time(Infinity), '∞');
});

test('cards of the summary', async () => {
  await open(report.file, {}, async (page) => {
    const card = async (name) => [await page.getAttribute(`[data-card=${name}]`, 'title'),
      await page.textContent(`[data-card=${name}] .stat-value`)];

    assert.deepEqual(await card('events'), [exact(totals.events), format.count(totals.events)]);
    assert.deepEqual(await card('allocated'), [`${exact(totals.alloc_bytes)} bytes`, format.bytes(totals.alloc_bytes)]);
    assert.deepEqual(await card('live'), [`${exact(totals.live_bytes)} bytes`, format.bytes(totals.live_bytes)]);
    assert.deepEqual(await card('peak'), [`${exact(totals.peak_live_bytes)} bytes`, format.bytes(totals.peak_live_bytes)]);
    assert.deepEqual(await card('waste'), [`${exact(totals.live_waste_bytes)} bytes`, format.bytes(totals.live_waste_bytes)]);
    assert.equal((await card('leaks'))[1], String(document.leak_verdicts.leak));
    assert.equal((await card('lost'))[0], exact(losses.lost_events + losses.missed_events));
  });
});

test('the banner tells of loss', async () => {
  await open(report.file, {}, async (page) => {
    assert.ok((await page.textContent('.banner')).includes(`${exact(losses.lost_events)} events`));
    await page.click('.banner a');
    await page.waitForFunction(() => document.querySelector('main h2').textContent === 'Loss and cost');
    for (const [key, value] of Object.entries(losses)) {
      if (key !== 'read_events')
        assert.equal(await page.getAttribute(`[data-loss=${key}] b`, 'title'), exact(value), key);
    }
    for (const [key, value] of Object.entries(document.cost))
      assert.equal(await page.getAttribute(`[data-cost=${key}]`, 'title'), Number.isInteger(value) ? exact(value) : String(value), key);
    assert.deepEqual(await column(page, 'events by CPU', 'hits'), document.counters.map((row) => exact(row.hits)));
    assert.deepEqual(new Set(await column(page, 'events by CPU', 'sum')), new Set(['yes']));
  });
});

test('the table of sites', async () => {
  await open(report.file, { hash: '#sites' }, async (page) => {
    const rows = [...sites].sort((a, b) => b.live_bytes - a.live_bytes).slice(0, 50);

    for (const key of ['live_bytes', 'live_objects', 'peak_live_bytes', 'alloc_bytes', 'allocs', 'frees', 'waste_bytes'])
      assert.deepEqual(await column(page, 'sites', key), rows.map((site) => exact(site[key])), key);
    assert.equal(await page.textContent('.counted'), String(sites.length));
    assert.ok((await page.textContent('.note')).includes(format.count(document.rest.sites)));
  });
});

test('the panel of a site', async () => {
  const site = sites[document.leaks[0].site];

  await open(report.file, { hash: `#leaks/${site.site}` }, async (page) => {
    for (const key of ['live_bytes', 'live_objects', 'peak_live_bytes', 'alloc_bytes', 'allocs', 'frees', 'waste_bytes',
      'live_waste_bytes'])
      assert.equal(await page.getAttribute(`.panel [data-fact=${key}]`, 'title'), exact(site[key]), key);
    const frames = await texts(page, '.panel .stack li');

    assert.equal(frames.length, site.frames.length);
    frames.forEach((text, at) => {
      const frame = document.frames[site.frames[at]];
      const inlined = (frame.inlined ?? []).map((of) => `${of.function}inlined ${of.file}:${of.line}`).join('');

      assert.ok(text.startsWith(inlined + frame.function), text);
      assert.ok(!frame.file || text.endsWith(`${frame.file}:${frame.line}`), text);
    });
    assert.equal(await page.textContent('.panel .badge'), document.leaks[0].verdict);
  });
});

test('findings', async () => {
  await open(report.file, { hash: '#leaks' }, async (page) => {
    const ids = await page.$$eval('.finding', (all) => all.map((of) => Number(of.dataset.site)));

    assert.deepEqual(ids, document.leaks.map((row) => row.site).slice(0, 8));
    assert.deepEqual(await texts(page, '.finding header .badge'), document.leaks.map((row) => row.verdict).slice(0, 8));
    assert.ok((await page.textContent('#verdict-counts')).startsWith(`${document.leak_verdicts.leak} leak, `));
    const floors = await page.$$eval('.finding .chart', (all) => all.map((host) =>
      host.chart.getOption().series[0].data.map(([, value]) => value)));

    assert.deepEqual(floors[0], document.leaks[0].evidence.floor_bytes);
    await page.click('.choice button[data-value=suspect]');
    assert.equal(await page.$$eval('.finding', (all) => all.length), document.leak_verdicts.suspect);
  });
});

test('the flame graph adds up to the recording by every measure', async () => {
  const sums = { live: totals.live_bytes, total: totals.alloc_bytes, calls: totals.allocs, temporary: totals.freed_bytes,
    waste: totals.waste_bytes,
    peak: sites.reduce((sum, site) => sum + site.at_peak_live_bytes, document.rest.at_peak_live_bytes) };

  await open(report.file, { hash: '#flame' }, async (page) => {
    for (const [measure, sum] of Object.entries(sums)) {
      await page.click(`.choice button[data-value=${measure}]`);
      const root = await page.$eval('.flame', (host) => {
        const node = host.__data__;
        const inner = (of) => (of.children ?? []).every((child) => inner(child)) &&
          (!of.children || Math.abs(of.children.reduce((a, child) => a + child.value, 0) - of.value) < 1);

        return { value: node.value, agrees: inner(node) };
      });

      assert.equal(root.value, sum, measure);
      assert.ok(root.agrees || measure !== 'total', 'callers are as wide as what they call');
    }
  });
});

test('charts have the values of the document', async () => {
  await open(report.file, {}, async (page) => {
    const series = (id) => page.$eval(`#${id}`, (host) => host.chart.getOption().series.map((of) => of.data));
    const { bins, bin_ns: binNs } = document.timeline;

    await show(page, 'trends');
    const trends = await series('trend-chart');

    assert.deepEqual(trends[0].map(([, value]) => value), bins.map((bin) => bin.live_bytes));
    assert.deepEqual(trends[1].map(([, value]) => Math.round(value * binNs / 1e9)), bins.map((bin) => bin.allocs));
    await show(page, 'stacks');
    const cells = (await series('stack-heatmap'))[0];
    const weigh = (row) => row.live_bytes.reduce((a, b) => a + b, 0);
    const largest = [...document.site_live.rows].sort((a, b) => weigh(b) - weigh(a)).slice(0, 40);

    for (const [bin, row, , value] of cells.slice(0, 2000))
      assert.equal(value, largest[row].live_bytes[bin]);
    assert.equal(cells.length, largest.reduce((sum, row) => sum + row.live_bytes.filter(Boolean).length, 0));
    await show(page, 'sizes');
    const sizes = (await series('size-heatmap'))[0];

    assert.equal(sizes.reduce((sum, cell) => sum + cell[3], 0),
      document.size_history.cells.reduce((sum, cell) => sum + cell[2], 0));
    await show(page, 'lifetimes');
    const lifetimes = (await series('lifetime-heatmap'))[0];

    assert.equal(lifetimes.reduce((sum, cell) => sum + cell[3], 0),
      document.lifetime_history.cells.reduce((sum, cell) => sum + cell[2], 0));
    await show(page, 'fragmentation');
    const caches = [...document.fragmentation.caches].sort((a, b) => b.slab_bytes.value - a.slab_bytes.value).slice(0, 20);

    assert.deepEqual((await series('cache-chart'))[3], caches.map((cache) => cache.free_slot_bytes.value));
  });
});

test('figures: value, interval, quality, and why there is none', async () => {
  await open(report.file, { hash: '#lifetimes' }, async (page) => {
    const rows = [...document.lifetimes].sort((a, b) => b.ended_objects - a.ended_objects);
    const titles = await column(page, 'lifetimes of sites', 'p50');

    titles.slice(0, 20).forEach((title, at) => {
      const of = rows[at].lifetime_p50_ns;

      assert.ok(title.startsWith(`${exact(of.value)}, estimated; 95 % interval ${format.time(of.low)} to ${format.time(of.high)}`), title);
    });
    await page.click('th[data-key=p50] button');
    await page.click('th[data-key=p50] button');
    await page.fill('main input[type=search]', 'zzz');
    assert.equal(await page.textContent('table[aria-label="lifetimes of sites"] td.empty'), 'Nothing matches.');
  });
});

test('who pins slabs', async () => {
  await open(report.file, { hash: '#fragmentation' }, async (page) => {
    const rows = [...document.fragmentation.pinning.sites].sort((a, b) => b.blame_bytes.value - a.blame_bytes.value);
    const titles = await column(page, 'pinning', 'blame_bytes');

    assert.deepEqual(titles.map((title) => title.split(', measured')[0]), rows.slice(0, 15).map((row) => exact(row.blame_bytes.value)));
    await page.click('table[aria-label=caches] tbody tr:has(span.mono:text-is("dentry"))');
    const only = rows.filter((row) => sites[row.site].cache === 'dentry');

    assert.equal(await page.textContent('#pinning .counted'), String(only.length));
    await page.click('#pinning button:has-text("All caches")');
    assert.equal(await page.textContent('#pinning .counted'), String(rows.length));
  });
});
