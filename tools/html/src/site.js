// SPDX-License-Identifier: GPL-2.0-or-later
//
// A site wherever it is named: its cell in tables, its columns, the way to its panel.

import { h } from './dom.js';
import { bytes, count, exact } from './format.js';

/** Opens the panel of a site: set by main.js, so that views need not know it. */
export const panel = { open() {} };

export function badge(kind, text, title) {
  return h('span.badge', { class: `badge-${kind}`, title }, text);
}

export const verdictKinds = {
  leak: 'bad', suspect: 'warn', growing: 'info', steady: 'good', unknown: 'none',
};

export function verdictBadge(leak) {
  if (!leak)
    return h('span.missing', '–');
  return badge(verdictKinds[leak.verdict] ?? 'none', leak.verdict, leak.why);
}

/** Where the allocation was called, by whom, and of which cache it is */
export function siteCell(report, site) {
  const [first, ...callers] = report.stack(site);

  return h('div.site', { title: report.stackText(site) },
    h('button.link', { type: 'button', onclick: () => panel.open(site.site) },
      report.frameName(first)),
    h('span.cache', report.cacheName(site)),
    h('span.callers', callers.slice(0, 3).map((frame) => `← ${frame.function} `)));
}

export function siteColumn(report) {
  return {
    key: 'site', title: 'Site', value: (site) => report.label(site),
    cell: (site) => siteCell(report, site),
    copy: (site) => report.stack(site).map((frame) => report.frameName(frame)).join(';'),
  };
}

export const cacheColumn = (report) => ({
  key: 'cache', title: 'Cache', value: (site) => report.cacheName(site),
});

export const number = (key, title, format, value, help) => ({
  key, title, help, number: true, value: value ?? ((row) => row[key]),
  cell: (row) => {
    const at = (value ?? ((of) => of[key]))(row);

    return h('span', { title: exact(at) }, format(at));
  },
});

export const bytesColumn = (key, title, value, help) => number(key, title, bytes, value, help);
export const countColumn = (key, title, value, help) => number(key, title, count, value, help);
