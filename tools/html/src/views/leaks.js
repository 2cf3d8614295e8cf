// SPDX-License-Identifier: GPL-2.0-or-later
//
// Findings: sites whose objects pile up, each with what speaks for it, how much it
// grows, and its stack.

import { axis, byteAxis, mount } from '../chart.js';
import { choice, copyButton, h } from '../dom.js';
import * as figure from '../figure.js';
import { bytes, bytesPerSecond, chance, count, time } from '../format.js';
import { badge, panel, siteColumn, verdictBadge } from '../site.js';
import { table } from '../table.js';
import { figureColumn } from './lifetimes.js';

/** The evidence in sentences: [what was asked, answer, does it speak for a leak] */
export function evidence(leak) {
  const of = leak.evidence;
  const tails = {
    passed: `${count(of.overdue_objects)} live objects are older than ${time(of.limit_ns)}, which objects ` +
      `of this site do not get; chance if it were steady ${chance(of.tail_chance)}`,
    failed: `as many ended beyond ${time(of.limit_ns)} as should have`,
    open: 'nothing was ever freed: there is no lifetime to compare with',
  };
  const parts = ` (${of.ages_early} of the earlier 16, ${of.ages_late} of the later 16)`;

  return [
    { name: 'Rising', speaks: of.rising, text: of.rising
      ? `its floor rises, ${bytesPerSecond(figure.value(leak.bytes_per_second))}; chance without a trend ` +
        chance(of.rise_p) : `no significant rise of its floor (p = ${chance(of.rise_p)})` },
    { name: 'Tail', speaks: of.tail === 'passed', open: of.tail === 'open', text: tails[of.tail] },
    { name: 'Ages', speaks: of.ages_rise, text: (of.ages_rise
      ? 'old objects come from ever more stretches of time' : 'old objects come from few stretches of time') + parts },
    { name: 'Plateau', speaks: !of.plateau, text: of.plateau
      ? 'they have stopped coming, or slow down: a cache that has warmed up' : 'none: they keep coming' },
  ];
}

export function evidenceList(leak) {
  return h('ul.evidence', evidence(leak).map(({ name, text, speaks, open }) =>
    h('li', { class: open ? 'open' : speaks ? 'for' : 'against' }, h('b', name), ' ', text)));
}

/** The floor of the site's live bytes: what the verdict rests on */
export function floorChart(report, leak, height = 110) {
  const host = h('div.chart', { role: 'img', 'aria-label': `Floor of live bytes, from ` +
    `${bytes(leak.evidence.floor_bytes[0])} to ${bytes(leak.evidence.floor_bytes.at(-1))}` });
  const start = report.since(leak.evidence.floor_start_ns);

  host.mount = () => mount(host, {
    height,
    build: (theme) => ({
      grid: { left: 60, right: 8, top: 8, bottom: 22 },
      xAxis: axis(theme, { type: 'value', min: 0, max: report.durationNs, splitLine: { show: false },
        splitNumber: 3, axisLabel: { formatter: (ns) => time(ns) } }),
      yAxis: byteAxis(theme, leak.evidence.floor_bytes, 3),
      series: [{ type: 'line', step: 'end', showSymbol: false, areaStyle: { opacity: 0.15 },
        lineStyle: { width: 1.6 }, color: leak.verdict === 'leak' ? theme.bad : theme.series[0],
        data: leak.evidence.floor_bytes.map((value, bin) =>
          [Math.min(report.durationNs, start + (bin + 1) * leak.evidence.floor_bin_ns), value]) }],
    }),
  });
  return host;
}

export function sentence(leak) {
  const pace = leak.bytes_per_second;

  return [
    pace && h('span', 'grows by ', figure.show(pace, 'bytesPerSecond', true)),
    Number.isFinite(figure.value(leak.seconds_to_gib)) &&
      h('span', '1 GiB in ', figure.show(leak.seconds_to_gib, 'seconds')),
    leak.evidence.oldest_ns > 0 && h('span', `oldest object ${time(leak.evidence.oldest_ns)}`),
    leak.weakened && badge('warn', 'weakened by loss', 'Events were lost, though too few to explain it'),
  ];
}

function finding(report, site) {
  const { leak } = site;
  const chart = leak.evidence.floor_bytes.length ? floorChart(report, leak) : null;
  const element = h('article.finding', { class: `finding-${leak.verdict}`, dataset: { site: site.site } },
    h('header', verdictBadge(leak),
      h('button.link.mono', { type: 'button', onclick: () => panel.open(site.site) }, report.label(site)),
      h('span.cache', report.cacheName(site)), h('span.gap'),
      copyButton('Copy', () => `${leak.verdict}: ${report.cacheName(site)}, ` +
        `${bytes(site.live_bytes)} live in ${site.live_objects} objects, ` +
        `${bytesPerSecond(figure.value(leak.bytes_per_second))}\n${report.stackText(site)}\n`)),
    h('p.facts', h('span', `${bytes(site.live_bytes)} live in ${count(site.live_objects)} objects`),
      sentence(leak)),
    h('div.finding-body', h('div', evidenceList(leak), chart), stackList(report, site)));

  element.draw = () => chart?.mount();
  return element;
}

export function stackList(report, site) {
  return h('ol.stack', { 'aria-label': 'Call stack, innermost first' },
    report.stack(site).map((frame) => h('li',
      (frame.inlined ?? []).map((of) => h('div.inlined', h('span.mono', of.function ?? '?'),
        h('span.file', `inlined ${report.place(of)}`))),
      h('span.mono', frame.function, frame.offset ? h('span.offset', `+0x${frame.offset.toString(16)}`) : null),
      frame.module && h('span.module-name', `[${frame.module}]`),
      frame.file && h('span.file', report.place(frame)))));
}

/** How many sites of each verdict there are in all */
function verdicts(report) {
  const of = report.document.leak_verdicts;
  const names = ['leak', 'suspect', 'growing', 'steady', 'unknown'];

  return of && h('p.note', { id: 'verdict-counts' }, names.map((name) => `${count(of[name])} ` +
    (name === 'unknown' ? 'with too little to tell' : name)).join(', '),
  of.suppressed_by_loss > 0 && `; no verdict on ${count(of.suppressed_by_loss)} because of lost events`);
}

export const leaks = {
  id: 'leaks', title: 'Leaks',
  render(report, root) {
    const judged = report.sites.filter((site) => site.leak);

    if (!report.document.leaks) {
      root.append(h('p.empty', 'This report was made without the leak analysis.'));
      return;
    }
    const all = report.findings();
    const number = (verdict) => judged.filter((site) => site.leak.verdict === verdict).length;
    const list = h('div.finding-list');
    const more = h('button.quiet', { type: 'button' });
    let only = null, shown = 8;

    const draw = () => {
      const rows = all.filter((site) => !only || site.leak.verdict === only);
      const cards = rows.slice(0, shown).map((site) => finding(report, site));

      list.replaceChildren(...cards);
      if (!rows.length)
        list.append(h('p.empty.good', only ? `No site is ${only}.` : 'No site leaks, and none is suspect.'));
      for (const card of cards)
        card.draw();
      more.hidden = rows.length <= shown;
      more.textContent = `Show ${Math.min(8, rows.length - shown)} more of ${rows.length}`;
    };
    more.addEventListener('click', () => {
      shown += 8;
      draw();
    });
    root.append(h('section.card', h('header.card-head', h('div', h('h3', 'Leak findings'),
      h('p.note', 'A leak rises, has objects older than objects of that site get, from ever more ' +
        'stretches of time, and shows no plateau. Where one of these is missing it is suspect, or ' +
        'only growing.'), verdicts(report)),
    h('div.controls', choice('Verdict', [[null, `All ${all.length}`],
      ...['leak', 'suspect', 'growing'].map((verdict) => [verdict, `${verdict} ${number(verdict)}`])],
    null, (value) => { only = value; shown = 8; draw(); })))),
    list, h('div.table-more', more),
    h('section.card', h('header.card-head', h('div', h('h3', 'All findings'))),
      h('div.card-body', table({
        label: 'findings', rows: judged, empty: 'No site leaks, is suspect or grows.', sort: 'pace', limit: 15,
        matches: (site, words) => report.matches(site, words),
        onopen: (site) => panel.open(site.site),
        columns: [
          siteColumn(report),
          { key: 'verdict', title: 'Verdict', value: (site) => site.leak.verdict,
            cell: (site) => verdictBadge(site.leak) },
          figureColumn('pace', 'Growth', 'bytesPerSecond', (site) => site.leak.bytes_per_second),
          figureColumn('gib', '1 GiB in', 'seconds', (site) => site.leak.seconds_to_gib),
          { key: 'overdue', title: 'Overdue', number: true, help: 'Live objects older than this site’s get',
            value: (site) => site.leak.evidence.overdue_objects, cell: (site) => count(site.leak.evidence.overdue_objects) },
          { key: 'oldest', title: 'Oldest', number: true, value: (site) => site.leak.evidence.oldest_ns,
            cell: (site) => time(site.leak.evidence.oldest_ns) },
          { key: 'p', title: 'p (rise)', number: true, first: 'up', value: (site) => site.leak.evidence.rise_p,
            cell: (site) => chance(site.leak.evidence.rise_p) },
        ],
      }))));
    draw();
  },
};

