// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the tracing itself lost and cost, and the banner that says so on every page.

import { h } from '../dom.js';
import { bytes, count, exact, rate, share } from '../format.js';
import { badge, countColumn } from '../site.js';
import { table } from '../table.js';

const causes = [
  ['lost_events', 'lost in full buffers', 'Raise buffer_kb, or record less: larger buffers outlast bursts.'],
  ['missed_events', 'missed: the kernel skipped a probe that an interrupt hit within another',
    'Tracepoints (probe=auto) nest and miss none.'],
  ['recursion_events', 'dropped inside a probe', 'They come from the tracing itself.'],
  ['stack_full_events', 'without their stack: the stack table was full', 'Raise stack_table.'],
  ['stack_failed_events', 'without their stack: it could not be walked', ''],
  ['cache_full_events', 'without their cache: the cache table was full', ''],
];

/** Nothing where nothing was lost. */
export function banner(report) {
  const lost = report.lost();
  const damage = report.document.damage;
  const parts = [];

  if (damage)
    parts.push(`The recording is ${damage}.`);
  if (lost.events) {
    parts.push(`${exact(lost.events)} events (${share(lost.share)}) are missing: objects may seem to ` +
      'live that were freed, and figures marked ≈ may be off.');
  } else if (report.document.incomplete && !damage) {
    parts.push('The recording is incomplete.');
  }
  const stackless = (report.losses.stack_full_events ?? 0) + (report.losses.stack_failed_events ?? 0);

  if (stackless)
    parts.push(`${exact(stackless)} allocations are without their stack.`);
  if (!parts.length)
    return null;
  return h('div.banner', { role: 'note', class: lost.share > 0.01 || damage ? 'banner-bad' : 'banner-warn' },
    h('b', lost.share > 0.01 || damage ? 'Incomplete' : 'Nearly complete'), ' ', parts.join(' '), ' ',
    h('a', { href: '#tracing' }, 'What was lost, and where'));
}

function lossTable(report) {
  return h('ul.losses', causes.map(([key, text, help]) => {
    const events = report.losses[key];

    return events === undefined ? null : h('li', { class: events ? 'some' : '', dataset: { loss: key } },
      h('b', { title: exact(events) }, count(events)), h('span', text), events > 0 && help && h('span.note', help));
  }));
}

/** Counters of each CPU, and whether they add up */
function identity(report) {
  const rows = report.document.counters ?? [];

  if (!rows.length)
    return null;
  const sum = (row) => row.read + (row.buffered ?? 0) + row.lost + row.filtered + row.self + row.recursion;

  return h('section.card', h('header.card-head', h('div', h('h3', 'Events by CPU'),
    h('p.note', 'Hits of the probes = read + buffered + lost + filtered + self + recursion'))),
  h('div.card-body', table({
    label: 'events by CPU', rows, limit: 64,
    columns: [
      { key: 'cpu', title: 'CPU', number: true, first: 'up', value: (row) => row.cpu },
      ...['hits', 'read', 'buffered', 'lost', 'filtered', 'self', 'recursion'].map((key) => ({
        key, title: key[0].toUpperCase() + key.slice(1), number: true, value: (row) => row[key],
        cell: (row) => exact(row[key]) })),
      { key: 'sum', title: 'Adds up', value: (row) => (sum(row) === row.hits ? 'yes' : 'no'),
        cell: (row) => (sum(row) === row.hits ? badge('good', 'yes')
          : badge('bad', exact(row.hits - sum(row)))) },
    ],
  })));
}

function paths(report) {
  const rows = report.document.paths ?? [];

  if (!rows.length)
    return null;
  return h('section.card', h('header.card-head', h('div', h('h3', 'Paths into the allocator'),
    h('p.note', 'What each is traced by, and what is lost where it is not'))),
  h('div.card-body', table({
    label: 'paths', rows, sort: 'hits',
    columns: [
      { key: 'name', title: 'Path', value: (row) => row.name },
      { key: 'attached', title: 'By', value: (row) => row.attached,
        cell: (row) => badge(row.attached === 'none' ? 'warn' : 'none', row.attached) },
      { key: 'symbol', title: 'Symbol', value: (row) => row.symbol, cell: (row) => h('span.mono', row.symbol) },
      countColumn('hits', 'Hits'), countColumn('missed', 'Missed'),
      { key: 'without', title: 'Without it', value: (row) => (row.attached === 'none' ? row.without : '') },
    ],
  })));
}

const costs = [
  ['session_buffer_bytes', 'Buffers in the kernel', bytes],
  ['recording_bytes', 'Size of the recording', bytes],
  ['bytes_per_event', 'Bytes an event', (value) => value.toFixed(1)],
  ['stacks_captured', 'Stacks captured', count],
  ['distinct_stacks', 'Distinct stacks', count],
  ['unwind_fast', 'Stacks by the memoised walk', count],
  ['unwind_slow', 'Stacks by the kernel’s unwinder', count],
  ['unwind_audited', 'Memoised walks checked', count],
  ['unwind_mismatched', 'Of these, wrong', count],
  ['ready_wakeups', 'Wake-ups of the reader', count],
];

function cost(report) {
  const of = report.document.cost ?? {};
  const rows = costs.filter(([key]) => of[key] !== undefined && of[key] !== null);
  const seconds = report.durationNs / 1e9;

  return h('section.card', h('header.card-head', h('div', h('h3', 'Cost'),
    h('p.note', 'Work that tracing added, as it was counted'))),
  h('div.card-body', h('dl.about',
    [h('dt', 'Events traced'), h('dd', { title: exact(report.totals.events) },
      `${count(report.totals.events)}, ${rate(report.totals.events / seconds)}`)],
    rows.map(([key, name, format]) => [h('dt', name),
      h('dd', { title: exact(of[key]), dataset: { cost: key } }, format(of[key]))]))));
}

export const tracing = {
  id: 'tracing', title: 'Loss and cost',
  render(report, root) {
    const lost = report.lost();

    root.append(h('section.card', h('header.card-head', h('div', h('h3', 'Loss'),
      h('p.note', lost.events ? `${exact(lost.events)} events are missing, ${share(lost.share)} of all`
        : 'Every event that the probes saw is in the recording'))),
    h('div.card-body', lossTable(report))),
    ...[cost(report), identity(report), paths(report)].filter(Boolean));
  },
};
