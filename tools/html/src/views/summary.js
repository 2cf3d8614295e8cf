// SPDX-License-Identifier: GPL-2.0-or-later
//
// What was recorded, what it amounts to, and where to look first.

import { axis, byteAxis, chartCard, mount, tip, tooltip } from '../chart.js';
import { choice, h } from '../dom.js';
import * as figure from '../figure.js';
import { bytes, count, exact, moment, rate, share, time } from '../format.js';
import { bytesColumn, countColumn, panel, siteCell, siteColumn, verdictBadge } from '../site.js';
import { table } from '../table.js';

function card(id, name, value, { title, sub, kind, go } = {}) {
  return h(go ? 'a.stat' : 'div.stat', { href: go && `#${go}`, dataset: { card: id },
    title, class: kind ? `stat-${kind}` : '' },
  h('span.stat-name', name), h('span.stat-value', value), sub && h('span.stat-sub', sub));
}

function cards(report) {
  const { totals, durationNs } = report;
  const seconds = durationNs / 1e9;
  const findings = report.findings();
  const of = (verdict) => findings.filter((site) => site.leak.verdict === verdict).length;
  const leaks = of('leak'), suspects = of('suspect');
  const waste = totals.live_waste_bytes;
  const lost = report.lost();

  return h('div.stats',
    card('events', 'Events', count(totals.events), { title: exact(totals.events),
      sub: `${rate(totals.events / seconds)} in ${time(durationNs)}` }),
    card('allocated', 'Allocated', bytes(totals.alloc_bytes), { title: `${exact(totals.alloc_bytes)} bytes`,
      sub: `${count(totals.allocs)} objects` }),
    card('live', 'Live at the end', bytes(totals.live_bytes), { go: 'flame',
      title: `${exact(totals.live_bytes)} bytes`, sub: `${count(totals.live_objects)} objects` }),
    card('peak', 'Peak', bytes(totals.peak_live_bytes), { go: 'trends',
      title: `${exact(totals.peak_live_bytes)} bytes`,
      sub: `at ${moment(report.since(totals.peak_ns), 1e8)}` }),
    card('waste', 'Waste', bytes(waste), { go: 'flame',
      title: `${exact(waste)} bytes`,
      sub: `${share(totals.live_bytes ? waste / totals.live_bytes : 0)} of live bytes` }),
    card('leaks', 'Leaks', String(leaks), { go: 'leaks', kind: leaks ? 'bad' : 'good',
      sub: suspects ? `and ${suspects} suspect` : 'no suspects' }),
    card('lost', 'Lost', count(lost.events), { go: 'tracing', kind: lost.events ? 'warn' : 'good',
      title: exact(lost.events),
      sub: lost.events ? `${share(lost.share)} of events` : 'every event is there' }));
}

const rankings = {
  live_bytes: ['Live', 'Live bytes at the end', (site) => site.live_bytes],
  alloc_bytes: ['Allocated', 'Bytes allocated in all', (site) => site.alloc_bytes],
  allocs: ['Calls', 'Allocations', (site) => site.allocs],
  impact: ['Impact', 'Share of what the allocator costs', (site) => figure.value(site.sharing?.impact)],
};

function topSites(report) {
  const list = h('ol.ranking');

  const rank = (key) => {
    const [, , value] = rankings[key];
    const top = report.sites.filter((site) => value(site) > 0)
      .sort((a, b) => value(b) - value(a)).slice(0, 8);
    const most = top.length ? value(top[0]) : 1;
    const format = { allocs: count, impact: (of) => of.toFixed(1) }[key] ?? bytes;

    list.replaceChildren(...top.map((site) => h('li',
      h('div.bar', { style: { width: `${100 * value(site) / most}%` } }),
      siteCell(report, site),
      h('span.top-value', { title: exact(value(site)) }, format(value(site))))));
  };
  rank('live_bytes');
  return h('section.card', h('header.card-head', h('div', h('h3', 'Largest sites')),
    h('div.controls', choice('Ranked by', Object.entries(rankings).map(([key, [text, title]]) =>
      [key, text, title]), 'live_bytes', rank))),
  h('div.card-body', list));
}

function findings(report) {
  const found = report.findings().slice(0, 6);

  return h('section.card', h('header.card-head', h('div', h('h3', 'Findings'),
    h('p.note', 'Sites whose objects pile up, judged by trend, ages and lifetimes'))),
  h('div.card-body', found.length ? h('ul.findings', found.map((site) => h('li',
    verdictBadge(site.leak), siteCell(report, site),
    h('span.top-value', figure.show(site.leak.bytes_per_second, 'bytesPerSecond')))))
    : h('p.empty', report.document.leaks
      ? 'No site leaks, and none is suspect.' : 'This report was made without the leak analysis.'),
  found.length > 0 && h('a.more', { href: '#leaks' }, 'All findings with their evidence')));
}

function overview(report) {
  const bins = report.bins();

  if (!bins)
    return null;
  const { card: element, host } = chartCard({
    title: 'Live bytes and allocation rate',
    note: 'Of traced objects; trends have the machine’s memory and load beside them',
    id: 'overview-chart',
    controls: h('a.more', { href: '#trends' }, 'Trends'),
  });
  const middle = (bin) => bins.start + (bin + 0.5) * bins.width;
  const end = (bin) => Math.min(bins.start + (bin + 1) * bins.width, report.durationNs);
  const perSecond = (value) => value / (bins.width / 1e9);

  element.draw = () => mount(host, {
    height: 210,
    build: (theme) => ({
      grid: { left: 62, right: 58, top: 14, bottom: 24 },
      tooltip: tooltip(theme, {
        trigger: 'axis',
        formatter: ([first]) => tip(moment(first.value[0], bins.width), [
          [theme.series[0], 'live', bytes(bins.live_bytes[first.dataIndex])],
          [theme.series[1], 'allocations', rate(perSecond(bins.allocs[first.dataIndex]))]]),
      }),
      xAxis: axis(theme, { type: 'value', min: 0, max: report.durationNs, splitLine: { show: false },
        axisLabel: { formatter: (ns) => time(ns) } }),
      yAxis: [
        byteAxis(theme, bins.live_bytes, 4),
        axis(theme, { type: 'value', splitNumber: 3, splitLine: { show: false },
          axisLabel: { formatter: rate } }),
      ],
      series: [
        { type: 'line', name: 'live', showSymbol: false, lineStyle: { width: 1.5 },
          areaStyle: { opacity: 0.15 }, data: bins.live_bytes.map((v, bin) => [end(bin), v]) },
        { type: 'line', name: 'rate', yAxisIndex: 1, showSymbol: false, lineStyle: { width: 1 },
          data: bins.allocs.map((v, bin) => [middle(bin), perSecond(v)]) },
      ],
    }),
  });
  return element;
}

function about(report) {
  const { recording } = report;
  const options = recording.options ?? {};
  const wall = recording.started_wall_ns && new Date(recording.started_wall_ns / 1e6);
  const rows = [
    ['File', report.document.file],
    ['Command', Array.isArray(recording.command) ? recording.command.join(' ') : recording.command],
    ['Kernel', recording.kernel_release],
    ['Build', recording.kernel_version],
    ['Machine', [recording.machine, recording.cpus && `${recording.cpus} CPUs`].filter(Boolean).join(', ')],
    ['Started', wall && `${wall.toISOString().replace('T', ' ').slice(0, 19)} UTC`],
    ['Length', time(report.durationNs)],
    ['memscope', [recording.tool_version, recording.module_version &&
      `module ${recording.module_version}`].filter(Boolean).join(', ')],
    ['Options', Object.entries(options).map(([key, value]) =>
      `${key}=${Array.isArray(value) ? value.join('+') : value}`).join(' ')],
  ].filter(([, text]) => text);

  return h('section.card', h('header.card-head', h('div', h('h3', 'Recording'))),
    h('div.card-body', h('dl.about', rows.map(([name, text]) => [h('dt', name), h('dd', text)]))));
}

export const summary = {
  id: 'summary', title: 'Summary',
  render(report, root) {
    const chart = overview(report);

    root.append(cards(report), ...[chart].filter(Boolean),
      h('div.columns', topSites(report), findings(report)), about(report));
    chart?.draw();
  },
};

export const sites = {
  id: 'sites', title: 'Sites',
  render(report, root) {
    const rest = report.document.rest;

    root.append(h('section.card', h('header.card-head', h('div', h('h3', 'Allocation sites'),
      h('p.note', 'A site is an allocation’s call stack; where none was taken, its caller. ' +
        'Enter opens one.',
      rest?.sites ? ` ${count(rest.sites)} smaller sites with ${count(rest.allocs)} allocations ` +
        `and ${bytes(rest.live_bytes)} live are not listed.` : ''))),
    h('div.card-body', table({
      label: 'sites', rows: report.sites, sort: 'live_bytes',
      matches: (site, words) => report.matches(site, words),
      onopen: (site) => panel.open(site.site),
      columns: [
        siteColumn(report),
        bytesColumn('live_bytes', 'Live'),
        countColumn('live_objects', 'Objects', null, 'Live objects at the end'),
        bytesColumn('peak_live_bytes', 'Peak', null, 'The most live bytes it had'),
        bytesColumn('alloc_bytes', 'Allocated', null, 'Bytes allocated in all'),
        countColumn('allocs', 'Calls', null, 'Allocations'),
        countColumn('frees', 'Frees'),
        bytesColumn('waste_bytes', 'Waste', null,
          'Bytes allocated that were not asked for, in all'),
        { key: 'verdict', title: 'Verdict', value: (site) => site.leak?.verdict ?? null,
          cell: (site) => verdictBadge(site.leak) },
      ],
    }))));
  },
};
