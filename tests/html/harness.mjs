// SPDX-License-Identifier: GPL-2.0-or-later
//
// A list of tests, a browser they share, and pages that fail a test by themselves: for
// an error on the console, and for any request that leaves the file.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { page as fill } from './generate.mjs';

export const top = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const build = path.resolve(process.env.MEMSCOPE_BUILD || path.join(top, 'build'));
const out = path.join(build, 'html-test');
const tests = [];

/** fn(t) runs in order; t.skip(why) ends it without a verdict. */
export function test(name, fn) {
  tests.push({ name, fn });
}

class Skip extends Error {}

let browser = null;

async function start() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** The page that memscopectl would write, as a file. Returns its path and size. */
export async function write(name, document) {
  const template = await readFile(path.join(build, 'html/report.html'), 'utf8');
  const text = fill(template, document);
  const file = path.join(out, `${name}.html`);

  await mkdir(out, { recursive: true });
  await writeFile(file, text);
  return { file, bytes: Buffer.byteLength(text) };
}

/** Opens a report, waits until it takes input, runs fn(page), and looks for errors. */
export async function open(file, { width = 1280, height = 900, theme = 'light', hash = '', touch = false }, fn) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, hasTouch: touch,
    isMobile: touch, permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  const troubles = [];

  page.setDefaultTimeout(20000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      troubles.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`error: ${error.stack}`));
  page.on('dialog', (dialog) => { troubles.push('a dialog'); dialog.dismiss(); });
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url()))
      troubles.push(`request: ${request.url()}`);
  });
  try {
    await page.goto(`file://${file}${hash}`);
    await page.waitForFunction(() => document.documentElement.dataset.readyMs);
    const result = await fn(page);

    assert.deepEqual(troubles, []);
    return result;
  } finally {
    await context.close();
  }
}

export async function show(page, view) {
  await page.evaluate((name) => { location.hash = name; }, view);
  await page.waitForFunction((name) =>
    document.querySelector('nav [aria-current]')?.dataset.view === name, view);
}

export const screenshot = (page, name) => page.screenshot({ path: path.join(out, `${name}.png`), fullPage: true });

/** Text of each match */
export const texts = (page, selector) => page.$$eval(selector, (all) => all.map((of) => of.textContent.trim()));

export async function run(only) {
  let passed = 0, failed = 0, skipped = 0;

  await start();
  for (const { name, fn } of tests) {
    if (only.length && !only.some((word) => name.includes(word)))
      continue;
    try {
      await fn({ skip(why) { throw new Skip(why); } });
      passed++;
      console.log(`ok html: ${name}`);
    } catch (error) {
      if (error instanceof Skip) {
        skipped++;
        console.log(`skip html: ${name}: ${error.message}`);
      } else {
        failed++;
        console.log(`not ok html: ${name}\n    ${String(error.stack).replaceAll('\n', '\n    ')}`);
      }
    }
  }
  await browser.close();
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed || !passed ? 1 : 0;
}
