// SPDX-License-Identifier: GPL-2.0-or-later
//
// memscopectl report --html, on a real recording: its document follows the schema, its
// numbers are those of report --json, and its page opens.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { conforms } from './document.mjs';
import { build, open, screenshot, show, test, texts } from './harness.mjs';
import { views } from './views.mjs';

const tool = path.join(build, 'tools/memscopectl');
const recording = process.env.RECORDING ?? [path.join(build, 'demo/demo.memscope'), path.join(build, 'export/traffic.memscope')]
  .find((file) => existsSync(file));

/** Exit code and output; never throws for a code. */
const run = (args, env = {}) => new Promise((done) => execFile(tool, args, { maxBuffer: 1 << 30,
  env: { ...process.env, ...env } }, (error, stdout, stderr) => done({ code: error ? error.code : 0, stdout, stderr })));

async function both(t) {
  if (!existsSync(tool))
    t.skip('memscopectl is not built (make tools)');
  if (!recording)
    t.skip('there is no recording (make demo, or RECORDING=)');
  const file = path.join(build, 'html-test/recording.html');
  await rm(file, { force: true });
  const html = await run(['report', recording, '--html', file]);

  assert.ok([0, 3].includes(html.code), html.stderr);
  const text = await readFile(file, 'utf8');
  const document = JSON.parse(text.match(/<script type="application\/json" id="memscope-document">(.*?)<\/script>/s)[1]);
  const json = await run(['report', recording, '--json', '--top', '0']);

  return { file, text, document, json: JSON.parse(json.stdout) };
}

let made = null;
const once = (t) => (made ??= both(t).catch((error) => { made = null; throw error; }));

test('the document of a recording follows the schema, and its page is below 5 MB', async (t) => {
  const { document, json, text } = await once(t);

  conforms(document);
  conforms(json);
  assert.ok(Buffer.byteLength(text) < 5e6);
});

/** A figure of the page says what that of --json does, in fewer words. */
function sameFigure(page, json, where) {
  for (const key of ['value', 'low', 'high']) {
    const of = key in page ? page[key] : page.value;

    if (json[key] === null || of === null)
      assert.equal(of, json[key], `${where}.${key}`);
    else
      assert.ok(Math.abs(of - json[key]) <= 1e-8 * Math.abs(json[key]), `${where}.${key}: ${of} for ${json[key]}`);
  }
  assert.equal(page.quality, json.quality, where);
  assert.equal(page.weakened ?? false, json.weakened, where);
  assert.equal(page.why, json.why, where);
}

function same(page, json, where) {
  if (json && typeof json === 'object' && 'quality' in json) {
    sameFigure(page, json, where);
  } else if (json && typeof json === 'object') {
    assert.equal(Array.isArray(page), Array.isArray(json), where);
    for (const key of Object.keys(json))
      same(page[key], json[key], `${where}.${key}`);
  } else if (typeof json === 'number' && !Number.isInteger(json)) {
    assert.ok(Math.abs(page - json) <= 1e-8 * Math.abs(json), `${where}: ${page} for ${json}`);
  } else {
    assert.equal(page, json, where);
  }
}

test('numbers are those of report --json', async (t) => {
  const { document, json } = await once(t);
  const naming = new Set(['call_site', 'function', 'offset', 'module', 'stack', 'frames', 'cache', 'allocs', 'live_objects',
    'live_bytes']);
  let rows = 0;

  for (const key of ['file', 'span_ns', 'incomplete', 'losses', 'recording', 'totals', 'timeline', 'paths', 'leak_verdicts'])
    same(document[key], json[key], key);
  const sites = new Map(json.sites.map((site) => [site.site, site]));

  for (const site of document.sites) {
    const { frames, call_site: _, function: __, offset: ___, module: ____, ...numbers } = sites.get(site.site);

    same(site, numbers, `site ${site.site}`);
    assert.deepEqual((site.frames ?? []).map((frame) => document.frames[frame]),
      (frames ?? []).map(({ address, ...frame }) => (frame.function ? frame : { address })));
    rows++;
  }
  for (const key of ['leaks', 'lifetimes', 'patterns', 'sharing']) {
    const all = new Map(json[key].map((row) => [row.site, row]));

    for (const row of document[key]) {
      const full = Object.fromEntries(Object.entries(all.get(row.site)).filter(([name]) => !naming.has(name)));

      same(row, full, `${key} of ${row.site}`);
      rows++;
    }
  }
  assert.ok(rows > 20, `${rows} rows`);
});

test('the page holds no address that has a name, and is for its owner only', async (t) => {
  const { file, document } = await once(t);

  assert.ok(document.frames.some((frame) => frame.function));
  for (const frame of [...document.frames, ...document.sites])
    assert.ok(!frame.function || !(frame.address ?? frame.call_site), frame.function);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('sums over the listed sites and the rest are those of the recording', async (t) => {
  const { document } = await once(t);
  const sum = (key) => document.sites.reduce((total, site) => total + site[key], document.rest[key]);

  for (const key of ['allocs', 'frees', 'alloc_bytes', 'requested_bytes', 'live_objects', 'live_bytes'])
    assert.equal(sum(key), document.totals[key], key);
  assert.equal(document.size_history.cells.reduce((total, cell) => total + cell[2], 0), document.totals.allocs);
  assert.equal(document.size_history.cells.reduce((total, cell) => total + cell[3], 0), document.totals.alloc_bytes);
  assert.equal(document.lifetime_history.cells.reduce((total, cell) => total + cell[2], 0), document.totals.frees);
  for (const row of document.site_allocs.rows) {
    assert.equal(row.allocs.reduce((total, n) => total + n, 0),
      document.sites.find((site) => site.site === row.site).allocs);
  }
  for (const row of document.site_live.rows)
    assert.equal(row.live_bytes.at(-1), document.sites.find((site) => site.site === row.site).live_bytes);
});

test('the page of a recording opens, in every view', async (t) => {
  const { file, document } = await once(t);

  await open(file, {}, async (page) => {
    assert.equal(await page.getAttribute('[data-card=events]', 'title'), document.totals.events.toLocaleString('en-US'));
    for (const view of views) {
      await show(page, view);
      assert.ok(!/\bNaN\b|undefined|\[object/.test(await page.innerText('main')), view);
      await screenshot(page, `recording-${view}`);
    }
    await show(page, 'sites');
    assert.ok((await texts(page, 'table[aria-label=sites] tbody tr')).length > 5);
  });
});

test('what is missing is said before the work, and nothing is written', async (t) => {
  if (!existsSync(tool))
    t.skip('memscopectl is not built (make tools)');
  const folder = await mkdtemp(path.join(tmpdir(), 'memscope-'));
  const file = path.join(folder, 'out.html');

  try {
    const missing = await run(['report', '/nonexistent', '--html', file], { MEMSCOPE_HTML: path.join(folder, 'none') });

    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /make -C tools\/html/);
    await writeFile(path.join(folder, 'other'), '<html></html>');
    const other = await run(['report', '/nonexistent', '--html', file], { MEMSCOPE_HTML: path.join(folder, 'other') });

    assert.equal(other.code, 1);
    assert.match(other.stderr, /no place for its document/);
    assert.equal(existsSync(file), false);
    const json = await run(['report', '/nonexistent', '--html', file, '--json']);

    assert.equal(json.code, 2);
  } finally {
    await rm(folder, { recursive: true });
  }
});
