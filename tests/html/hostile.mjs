// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names come from the kernel, and any process may give itself one: they are data.

import assert from 'node:assert/strict';
import { generate } from './generate.mjs';
import { open, show, test, texts, write } from './harness.mjs';
import { views } from './views.mjs';

const document = generate({ siteCount: 300, listed: 200, analysed: 100, cpus: 4, hostile: true });
const { file } = await write('hostile', document);

test('names that are markup stay text, in every view', async () => {
  await open(file, {}, async (page) => {
    const elements = () => page.$$eval('img, b[onclick], script', (all) => all.map((of) => of.outerHTML.slice(0, 40)));
    const own = await elements();

    assert.ok(own.every((of) => of.startsWith('<script')) && own.length === 2, own.join());
    for (const view of views) {
      await show(page, view);
      assert.deepEqual(await elements(), own, view);
      assert.ok((await page.title()).endsWith(document.file.split('/').at(-1)), view);
    }
    await show(page, 'fragmentation');
    assert.ok((await texts(page, 'table[aria-label="traced caches"] .mono')).some((of) => of === document.caches[0].cache));
  });
});

test('nor do they become markup in tips, panels and tables of charts', async () => {
  await open(file, { hash: '#stacks' }, async (page) => {
    await page.focus('#stack-heatmap');
    await page.keyboard.press('ArrowRight');
    for (let step = 0; step < 30; step++)
      await page.keyboard.press('ArrowRight');
    await page.waitForSelector('#stack-heatmap .tip');
    await page.click('button:has-text("Data")');
    await page.evaluate((id) => { location.hash = `sites/${id}`; }, document.sites[0].site);
    await page.waitForSelector('.panel[open]');
    assert.ok((await page.textContent('.panel h2')).includes('</script>'));
    assert.equal(await page.$('img'), null);
    assert.equal(await page.$$eval('script', (all) => all.length), 2);
  });
});

test('the page may fetch nothing, and run no other script', async () => {
  await open(file, {}, async (page) => {
    const refused = await page.evaluate(() => new Promise((done) => {
      const seen = [];

      document.addEventListener('securitypolicyviolation', (event) => {
        seen.push(event.violatedDirective);
        event.preventDefault();
        if (seen.length === 2)
          done(seen);
      });
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.body.append(script);
      script.remove();
      fetch('file:///etc/hostname').catch(() => {});
      setTimeout(() => done(seen), 3000);
    }));

    assert.equal(await page.evaluate(() => window.injected), undefined);
    assert.deepEqual(refused.sort(), ['connect-src', 'script-src-elem']);
  }).catch((error) => {
    // The browser tells the console what it refused: that, and nothing else, is expected here.
    const lines = String(error.message).split('\n').filter((line) => line.includes('console:') || line.includes('request:'));

    if (!lines.length || !lines.every((line) => /Content Security Policy|violates/.test(line)))
      throw error;
  });
});
