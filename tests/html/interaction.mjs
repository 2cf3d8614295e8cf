// SPDX-License-Identifier: GPL-2.0-or-later
//
// Search, click, brush, keys, copying, themes.

import assert from 'node:assert/strict';
import { document, report } from './document.mjs';
import { open, show, test, texts } from './harness.mjs';

const { sites, timeline } = document;
const names = (site) => site.frames.map((frame) => document.frames[frame]);
const label = ({ function: name, module }) => (module ? `${name} [${module}]` : name);
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

test('a table sorts both ways, filters and copies', async () => {
  await open(report.file, { hash: '#sites' }, async (page) => {
    const order = () => page.$$eval('table[aria-label=sites] tbody tr', (rows) => rows.map((row) => row.cells[5].textContent));

    await page.click('th[data-key=allocs] button');
    assert.equal(await page.getAttribute('th[data-key=allocs]', 'aria-sort'), 'descending');
    const down = await order();

    await page.click('th[data-key=allocs] button');
    assert.equal(await page.getAttribute('th[data-key=allocs]', 'aria-sort'), 'ascending');
    assert.notDeepEqual(await order(), down);
    assert.equal((await order())[0], String(Math.min(...sites.map((site) => site.allocs))));

    await page.click('th[data-key=allocs] button');
    await page.fill('main input[type=search]', 'ext4 DENTRY');
    const expected = sites.filter((site) => {
      const text = `${names(site).map(label).join(' ')} ${site.cache}`.toLowerCase();
      return text.includes('ext4') && text.includes('dentry');
    }).sort((a, b) => b.allocs - a.allocs);

    assert.ok(expected.length > 3);
    assert.equal(await page.textContent('.counted'), `${expected.length} of ${sites.length}`);
    await page.click('main button:has-text("Copy")');
    const lines = (await clipboard(page)).trim().split('\n').map((line) => line.split('\t'));

    assert.equal(lines.length, expected.length + 1);
    assert.deepEqual(lines[0].slice(0, 3), ['Site', 'Live', 'Objects']);
    lines.slice(1).forEach((line, at) => {
      assert.equal(line[0], names(expected[at]).map(label).join(';'));
      assert.equal(line[1], String(expected[at].live_bytes));
      assert.equal(line[5], String(expected[at].allocs));
    });
  });
});

test('rows are walked with arrows and opened with Enter', async () => {
  await open(report.file, { hash: '#sites' }, async (page) => {
    await page.focus('table[aria-label=sites] tbody tr');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const third = [...sites].sort((a, b) => b.live_bytes - a.live_bytes)[2];

    await page.waitForSelector('.panel[open]');
    assert.equal(await page.evaluate(() => location.hash), `#sites/${third.site}`);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.panel[open]', { state: 'detached' }).catch(() => {});
    assert.equal(await page.$('.panel[open]'), null);
    assert.equal(await page.evaluate(() => location.hash), '#sites');
  });
});

test('the flame graph: search', async () => {
  await open(report.file, { hash: '#flame' }, async (page) => {
    await page.fill('[data-search]', 'EXT4');
    const found = await page.textContent('.flame-hover, .table-tools .counted');
    const [frames] = (await texts(page, '.table-tools .counted'));

    assert.match(frames, /^[\d,]+ frames, [\d.]+ % of all$/, found);
    const fills = await page.$$eval('.flame g.frame', (all) => all.map((of) => [of.getAttribute('name'),
      of.querySelector('rect').getAttribute('fill')]));
    const lit = fills.filter(([, fill]) => fill === '#f08adb');

    assert.ok(lit.length > 3);
    assert.ok(lit.every(([name]) => name.includes('ext4')));
    assert.ok(fills.every(([name, fill]) => name.includes('ext4') === (fill === '#f08adb')));
    await page.fill('[data-search]', '(unclosed [regex');
    assert.match((await texts(page, '.table-tools .counted'))[0], /^0 frames/);
    await page.fill('[data-search]', '');
    assert.equal((await texts(page, '.table-tools .counted'))[0], '');
  });
});

test('the flame graph: a click zooms and lists the sites, a leaf opens its site', async () => {
  await open(report.file, { hash: '#flame' }, async (page) => {
    const width = (name) => page.$$eval('.flame g.frame', (all, of) => Math.max(...all.filter((frame) =>
      frame.getAttribute('name') === of).map((frame) => Number(frame.getAttribute('width')))), name);
    const before = await width('do_syscall_64');

    // SVG groups answer where their rectangle is
    await page.locator('.flame g.frame[name="do_syscall_64"] rect').first().click();
    assert.ok(await width('do_syscall_64') > before);
    assert.equal(await page.textContent('.card:nth-of-type(2) h3'), 'Sites under do_syscall_64');
    const under = sites.filter((site) => site.live_bytes > 0 && names(site).some((of) => of.function === 'do_syscall_64'));

    assert.equal(await page.textContent('.card:nth-of-type(2) .counted'), String(under.length));
    await page.click('button:has-text("Whole graph")');
    assert.ok(Math.abs(await width('do_syscall_64') - before) < 1);

    const leaf = await page.$$eval('.flame g.frame', (all) => {
      const widest = all.filter((of) => !of.__data__.children && of.__data__.data.sites.length === 1)
        .sort((a, b) => Number(b.getAttribute('width')) - Number(a.getAttribute('width')))[0];

      widest.dispatchEvent(new MouseEvent('click', { bubbles: true }));
      return widest.__data__.data.sites[0].site;
    });

    await page.waitForSelector('.panel[open]');
    assert.equal(await page.evaluate(() => location.hash), `#flame/${leaf}`);
  });
});

test('the flame graph: keys', async () => {
  await open(report.file, { hash: '#flame' }, async (page) => {
    await page.focus('.flame');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowLeft'])
      await page.keyboard.press(key);
    const name = await page.$eval('.flame g.focused', (of) => of.getAttribute('name'));

    assert.ok((await page.textContent('.flame-hover')).startsWith(`${name}: `));
    assert.ok((await page.textContent('#status')).startsWith(`${name}: `));
    await page.keyboard.press('Enter');
    assert.equal(await page.textContent('.card:nth-of-type(2) h3'), `Sites under ${name}`);
    await page.keyboard.press('Escape');
    assert.equal(await page.textContent('.card:nth-of-type(2) h3'), 'All sites in the graph');
  });
});

const selected = (page) => page.$$eval('#selection [data-item]', (all) =>
  Object.fromEntries(all.map((of) => [of.dataset.item, of.title || of.querySelector('b').textContent])));

/** What the bins of the selection hold, from the numbers the page shows of it */
function expectSums(items, first, last) {
  const bins = timeline.bins.slice(first, last + 1);
  const sum = (key) => bins.reduce((total, bin) => total + bin[key], 0).toLocaleString('en-US');

  assert.equal(items.allocations, sum('allocs'));
  assert.equal(items.frees, sum('frees'));
  assert.equal(items.allocated, sum('alloc_bytes'));
  assert.equal(items.growth, (timeline.bins[last].live_bytes -
    (first ? timeline.bins[first - 1].live_bytes : 0)).toLocaleString('en-US'));
}

test('a brush over the trends selects time, in all views', async () => {
  await open(report.file, { hash: '#trends' }, async (page) => {
    const box = await (await page.$('#trend-chart')).boundingBox();
    const at = (ns) => page.$eval('#trend-chart', (host, x) => host.chart.convertToPixel({ xAxisIndex: 1 }, x), ns);
    const from = await at(20.1e9), to = await at(30.3e9);
    const y = box.y + 178 + 80;

    await page.mouse.move(box.x + from, y);
    await page.mouse.down();
    await page.mouse.move(box.x + (from + to) / 2, y, { steps: 4 });
    await page.mouse.move(box.x + to, y, { steps: 4 });
    await page.mouse.up();
    await page.waitForSelector('#selection [data-item=allocations]');
    const items = await selected(page);
    const [begin, end] = items.time.split(' – ').map((text) => parseFloat(text) * 1e9 / timeline.bin_ns);

    assert.ok(Math.abs(begin * timeline.bin_ns - 20.1e9) < 2 * timeline.bin_ns, items.time);
    expectSums(items, Math.round(begin), Math.round(end) - 1);
    assert.ok(await page.$('table[aria-label="growth of sites"] tbody tr.opens'));

    const [first] = await page.$eval('#trend-chart', (host) => host.chart.getOption().xAxis.map((axis) => axis.max));
    await page.click('button:has-text("Zoom in")');
    const axis = await page.$eval('#trend-chart', (host) => host.chart.getOption().xAxis[0]);

    assert.ok(axis.max < first && axis.min > 0);
    await show(page, 'stacks');
    const columns = await page.$eval('#stack-heatmap', (host) => host.chart.getOption().xAxis[0].data.length);

    assert.ok(columns < 60 && columns > 30, `${columns} columns`);
    await page.click('.chip');
    assert.ok(await page.$eval('#stack-heatmap', (host) => host.chart.getOption().xAxis[0].data.length) > 200);
    await show(page, 'trends');
    assert.equal(await page.$('#selection [data-item]'), null);
  });
});

test('keys select time, and Escape clears it', async () => {
  await open(report.file, { hash: '#trends' }, async (page) => {
    await page.focus('#trend-chart');
    await page.keyboard.press('ArrowRight');
    for (let step = 0; step < 4; step++)
      await page.keyboard.press('ArrowRight');
    for (let step = 0; step < 3; step++)
      await page.keyboard.press('Shift+ArrowRight');
    expectSums(await selected(page), 4, 7);
    await page.waitForFunction(() => document.getElementById('status').textContent.includes('until'));
    await page.keyboard.press('Escape');
    assert.equal(await page.$('#selection [data-item]'), null);
  });
});

test('one can go to the peak', async () => {
  await open(report.file, { hash: '#trends' }, async (page) => {
    await page.click('button:has-text("Go to the peak")');
    const [begin, end] = (await selected(page)).time.split(' – ').map((text) => parseFloat(text) * 1e9);
    const peak = document.totals.peak_ns - document.totals.first_ns;

    assert.ok(begin <= peak && peak <= end);
  });
});

test('heatmaps: a click opens the site, keys walk the cells', async () => {
  await open(report.file, { hash: '#stacks' }, async (page) => {
    const weigh = (row) => row.live_bytes.reduce((a, b) => a + b, 0);
    const rows = [...document.site_live.rows].sort((a, b) => weigh(b) - weigh(a));
    const box = await (await page.$('#stack-heatmap')).boundingBox();
    const [x, y] = await page.$eval('#stack-heatmap', (host) =>
      host.chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [100, 2]));

    await page.mouse.click(box.x + x, box.y + y);
    await page.waitForSelector('.panel[open]');
    assert.equal(await page.evaluate(() => location.hash), `#stacks/${rows[2].site}`);
    await page.keyboard.press('Escape');

    await page.focus('#stack-heatmap');
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowDown'])
      await page.keyboard.press(key);
    assert.ok(await page.$('#stack-heatmap .cursor'));
    await page.keyboard.press('Enter');
    await page.waitForSelector('.panel[open]');
    assert.equal(await page.evaluate(() => location.hash), `#stacks/${rows[3].site}`);
  });
});

test('one survival curve alone shows its interval', async () => {
  await open(report.file, { hash: '#lifetimes' }, async (page) => {
    const series = () => page.$eval('#survival-chart', (host) => host.chart.getOption().series.length);

    assert.equal(await series(), 6);
    await page.click('.curve-legend li:first-child button.link');
    assert.equal(await series(), 3);
    await page.click('.curve-legend li:first-child button.link');
    assert.equal(await series(), 6);
  });
});

test('a chart shows its data as a table', async () => {
  await open(report.file, { hash: '#trends' }, async (page) => {
    await page.click('button:has-text("Data")');
    assert.equal(await page.textContent('.chart-table .counted'), String(timeline.bins.length));
    await page.click('.chart-table button:has-text("Copy")');
    assert.equal((await clipboard(page)).trim().split('\n').length, timeline.bins.length + 1);
  });
});

test('keys choose views, the search, the theme and help', async () => {
  await open(report.file, {}, async (page) => {
    await page.keyboard.press('3');
    await page.waitForFunction(() => document.querySelector('main h2').textContent === 'Sites');
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
    await page.keyboard.type('t4');
    assert.equal(await page.textContent('main h2'), 'Sites');
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('t');
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await page.keyboard.press('?');
    assert.ok(await page.$('dialog.help[open]'));
    await page.keyboard.press('Escape');
    assert.equal(await page.$('dialog.help[open]'), null);
  });
});

test('the theme follows the system until one is chosen, and is remembered', async () => {
  await open(report.file, { theme: 'dark' }, async (page) => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    const dark = await background();

    assert.equal(await theme(), 'dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
    assert.notEqual(await background(), dark);
    await page.click('.themes button[data-theme=dark]');
    assert.equal(await background(), dark);
    const axis = await page.$eval('#overview-chart', (host) => host.chart.getOption().xAxis[0].axisLabel.color);

    await page.reload();
    await page.waitForFunction(() => document.documentElement.dataset.readyMs);
    assert.equal(await theme(), 'dark');
    await page.click('.themes button[data-theme=light]');
    assert.notEqual(await page.$eval('#overview-chart', (host) => host.chart.getOption().xAxis[0].axisLabel.color), axis);
  });
});

/** Contrast of text against what is behind it, by WCAG */
test('text is readable in both themes', async () => {
  for (const theme of ['light', 'dark']) {
    await open(report.file, { theme }, async (page) => {
      const ratios = await page.evaluate(() => {
        const style = getComputedStyle(document.documentElement);
        const of = (name) => style.getPropertyValue(name).trim();
        const light = (hex) => {
          const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
            .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));

          return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
        };
        const ratio = (a, b) => {
          const [x, y] = [light(of(a)), light(of(b))].sort((p, q) => q - p);
          return (x + 0.05) / (y + 0.05);
        };

        return [['--text', '--panel'], ['--muted', '--panel'], ['--muted', '--bg'], ['--accent', '--panel'],
          ['--accent', '--accent-soft'], ['--bad', '--bad-soft'], ['--warn', '--warn-soft'], ['--good', '--good-soft'],
          ['--muted', '--raised']].map((pair) => [pair.join(' on '), ratio(...pair)]);
      });

      for (const [pair, ratio] of ratios)
        assert.ok(ratio >= 4.5, `${theme}: ${pair} ${ratio.toFixed(2)}`);
    });
  }
});

test('every control has a name, and what has focus shows it', async () => {
  await open(report.file, {}, async (page) => {
    for (const view of await page.$$eval('nav a', (all) => all.map((of) => of.dataset.view))) {
      await show(page, view);
      const nameless = await page.$$eval('button, a[href], input, [tabindex="0"]', (all) => all.filter((of) =>
        !(of.textContent.trim() || of.getAttribute('aria-label') || of.getAttribute('title'))).map((of) => of.outerHTML));

      assert.deepEqual(nameless, [], view);
    }
  });
});
