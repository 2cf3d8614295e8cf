// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every view draws, by its own data, at both widths and in both themes.

import assert from 'node:assert/strict';
import { document, report } from './document.mjs';
import { open, screenshot, show, test, write } from './harness.mjs';

export const views = ['summary', 'leaks', 'sites', 'flame', 'trends', 'stacks', 'sizes', 'lifetimes', 'behaviour',
  'fragmentation', 'tracing'];

/** Of each chart: how many points it has, and how many colours are on its canvas */
const look = (page) => page.$$eval('main .chart', (all) => all.map((host) => {
  const colours = new Set();

  for (const canvas of host.querySelectorAll('canvas')) {
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;

    for (let i = 0; i < pixels.length; i += 4 * 3) {
      if (pixels[i + 3] > 40)
        colours.add(`${pixels[i] >> 4},${pixels[i + 1] >> 4},${pixels[i + 2] >> 4}`);
    }
  }
  return { id: host.id, label: host.getAttribute('aria-label'), colours: colours.size,
    points: host.chart.getOption().series.map((series) => series.data.length) };
}));

/** Charts paint in the frames after they are made: it is given some time. */
async function charts(page) {
  for (let left = 40; ; left--) {
    const drawn = await look(page);

    if (!left || drawn.every((of) => of.colours >= 3))
      return drawn;
    await page.waitForTimeout(100);
  }
}

const expected = {
  summary: { 'overview-chart': [document.timeline.bins.length, document.timeline.bins.length] },
  trends: { 'trend-chart': null, 'cpu-chart': null },
  stacks: { 'stack-heatmap': null },
  sizes: { 'size-heatmap': [document.size_history.cells.length] },
  lifetimes: { 'survival-chart': null, 'lifetime-heatmap': [document.lifetime_history.cells.length] },
  fragmentation: { 'cache-chart': Array(4).fill(20), 'zone-chart': [44] },
};

for (const [width, height] of [[1280, 900], [390, 844]]) {
  for (const theme of ['light', 'dark']) {
    test(`every view draws at ${width} px, ${theme}`, async () => {
      await open(report.file, { width, height, theme, touch: width < 640 }, async (page) => {
        for (const view of views) {
          await show(page, view);
          const drawn = await charts(page);
          const ids = Object.fromEntries(drawn.map((of) => [of.id, of]));

          for (const [id, points] of Object.entries(expected[view] ?? {})) {
            assert.ok(ids[id], `${view}: ${id} is not there`);
            if (points)
              assert.deepEqual(ids[id].points, points, id);
          }
          for (const of of drawn) {
            assert.ok(of.points.every((n) => n > 0), `${view}: ${of.label} has no data`);
            assert.ok(of.colours >= 3, `${view}: ${of.label} is blank`);
          }
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) > 0, false,
            `${view} is wider than the screen`);
          assert.ok((await page.textContent('main')).length > 100, `${view} says nothing`);
          await screenshot(page, `${view}-${width}-${theme}`);
        }
      });
    });
  }
}

test('the flame graph has a frame for each node that is wide enough', async () => {
  await open(report.file, { hash: '#flame' }, async (page) => {
    const frames = await page.$$eval('.flame g.frame', (all) => all.length);

    assert.ok(frames > 100 && frames < 3000, `${frames} frames`);
  });
});

test('impact has its chart, and each table of behaviour its rows', async () => {
  await open(report.file, { hash: '#behaviour' }, async (page) => {
    for (const [name, rows] of [['patterns', document.patterns], ['sharing', document.sharing], ['reuse', document.patterns],
      ['impact', document.sharing]]) {
      await page.click(`.choice button[data-value="${name}"]`);
      assert.equal(await page.textContent('main .counted'), String(rows.length));
    }
    assert.deepEqual((await charts(page))[0].points, Array(5).fill(12));
  });
});

test('a recording of nothing is told of in every view', async () => {
  const { file } = await write('empty', {
    file: 'empty.memscope', span_ns: 0, incomplete: false,
    losses: { lost_events: 0, missed_events: 0, recursion_events: 0, stack_full_events: 0, stack_failed_events: 0,
      cache_full_events: 0, read_events: 0 },
    recording: { kernel_release: '6.1', cpus: 1, options: {} },
    totals: { events: 0, first_ns: 0, last_ns: 0, allocs: 0, alloc_bytes: 0, live_bytes: 0, live_objects: 0,
      live_waste_bytes: 0, peak_live_bytes: 0, peak_ns: 0, frees: 0 },
    timeline: { start_ns: 0, bin_ns: 1024, bins: [] }, sites: [], caches: [], frames: [], paths: [],
  });

  await open(file, {}, async (page) => {
    assert.equal(await page.$('.banner'), null);
    for (const view of views) {
      await show(page, view);
      const text = await page.textContent('main');

      assert.ok(!/NaN|undefined|null|Infinity/.test(text), `${view}: ${text}`);
      assert.ok(text.length > 15, view);
    }
  });
});

test('a view names no value that is not one', async () => {
  await open(report.file, {}, async (page) => {
    for (const view of views) {
      await show(page, view);
      assert.ok(!/\bNaN\b|undefined|\[object|\bnull\b/.test(await page.innerText('main')), view);
    }
  });
});
