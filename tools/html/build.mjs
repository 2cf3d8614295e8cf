// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bundles src/ into one page without its document: node build.mjs OUTPUT.
// memscopectl puts the document in the place of the marker (tools/memscopectl/out-html.c).

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const output = process.argv[2] ?? path.join(here, '../../build/html/report.html');

const { outputFiles, metafile } = await build({
  entryPoints: [path.join(here, 'src/main.js')],
  bundle: true, write: false, metafile: true, outdir: 'out',
  minify: true, format: 'iife', target: ['chrome100', 'firefox100', 'safari15.4'],
  charset: 'utf8', legalComments: 'none',
});
const text = (end) => outputFiles.find((file) => file.path.endsWith(end)).text.trim();
const script = text('.js'), style = text('.css');

/** Names, versions and licences of the packages that went into the bundle */
async function licences() {
  const packages = new Set(Object.keys(metafile.inputs)
    .map((file) => file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean));
  const lines = [];

  for (const name of [...packages].sort()) {
    const folder = path.join(here, 'node_modules', name);
    const about = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
    const licence = await readFile(path.join(folder, 'LICENSE'), 'utf8').catch(() => '');
    const copyright = licence.split('\n').map((line) => line.trim())
      .filter((line) => /^copyright\s+(\(c\)|©|\d)/i.test(line)).join('; ');

    lines.push(`${name} ${about.version}, ${about.license}${copyright ? `: ${copyright}` : ''}`);
  }
  return lines.map((line) => line.replaceAll('--', '- -')).join('\n');
}

if (/<\/script|<!--/i.test(script))
  throw new Error('the script holds what would end it early');

// Only this script may run, and nothing may be fetched: also not by what data might hold.
const hash = createHash('sha256').update(script).digest('base64');
const csp = ["default-src 'none'", `script-src 'sha256-${hash}'`, "style-src 'unsafe-inline'",
  'img-src data:', "base-uri 'none'", "form-action 'none'"].join('; ');

const parts = { CSP: csp, LICENSES: await licences(), STYLE: style, SCRIPT: script,
  DOCUMENT: '%MEMSCOPE_DOCUMENT%' };
const page = (await readFile(path.join(here, 'src/index.html'), 'utf8'))
  .replace(/%(CSP|LICENSES|STYLE|SCRIPT|DOCUMENT)%/g, (_, name) => parts[name]);

if (page.split('%MEMSCOPE_DOCUMENT%').length !== 2)
  throw new Error('the marker has to be there once');
await mkdir(path.dirname(output), { recursive: true });
await writeFile(output, page);
console.log(`${path.relative(process.cwd(), output)}: ${page.length} bytes`);
