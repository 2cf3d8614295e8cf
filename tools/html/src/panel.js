// SPDX-License-Identifier: GPL-2.0-or-later
//
// All that is known of one site, in a panel over the view it was opened from.

import { axis, byteAxis, mount, tip, tooltip } from './chart.js';
import { copyButton, h, icon, icons } from './dom.js';
import * as figure from './figure.js';
import { bytes, count, exact, moment, share, time } from './format.js';
import { badge, verdictBadge } from './site.js';
import { impactParts, partName } from './views/behaviour.js';
import { evidenceList, sentence, stackList } from './views/leaks.js';
import { survivalChart } from './views/lifetimes.js';

const fact = (key, name, value, title) => h('div', h('dt', name),
  h('dd', { title, dataset: { fact: key } }, value));

function totals(report, site) {
  const of = (key, name, format) => fact(key, name, format(site[key]), exact(site[key]));

  return h('dl.facts-grid',
    of('live_bytes', 'Live', bytes), of('live_objects', 'Live objects', count),
    of('peak_live_bytes', 'Peak', bytes), of('alloc_bytes', 'Allocated', bytes),
    of('allocs', 'Calls', count), of('frees', 'Frees', count),
    of('waste_bytes', 'Waste in all', bytes), of('live_waste_bytes', 'Waste live', bytes),
    fact('first_ns', 'First call', moment(report.since(site.first_ns), 1e6)),
    fact('last_ns', 'Latest call', moment(report.since(site.last_ns), 1e6)),
    site.missed_frees > 0 && of('missed_frees', 'Frees missed', count));
}

function series(report, site) {
  const live = report.document.site_live, allocs = report.document.site_allocs;
  const liveRow = live?.rows?.find((row) => row.site === site.site);
  const allocRow = allocs?.rows?.find((row) => row.site === site.site);

  if (!liveRow && !allocRow)
    return null;
  const host = h('div.chart', { role: 'img', 'aria-label': 'Live bytes and allocations over time' });
  const points = (of, values, middle) => values.map((value, bin) => [
    Math.max(0, Math.min(report.durationNs,
      report.since(of.start_ns) + (bin + (middle ? 0.5 : 1)) * of.bin_ns)), value]);

  host.mount = () => mount(host, {
    height: 170,
    build: (theme) => ({
      grid: { left: 62, right: 54, top: 12, bottom: 24 },
      tooltip: tooltip(theme, { trigger: 'axis', formatter: (all) => tip(moment(all[0].value[0], 1e6),
        all.map((point) => [point.color, point.seriesName,
          point.seriesName === 'live' ? bytes(point.value[1]) : count(point.value[1])])) }),
      xAxis: axis(theme, { type: 'value', min: 0, max: report.durationNs, splitLine: { show: false },
        splitNumber: 4, axisLabel: { formatter: (ns) => time(ns) } }),
      yAxis: [byteAxis(theme, liveRow?.live_bytes ?? [], 4),
        axis(theme, { type: 'value', splitNumber: 3, splitLine: { show: false },
          axisLabel: { formatter: count } })],
      series: [
        liveRow && { type: 'line', name: 'live', showSymbol: false, areaStyle: { opacity: 0.15 },
          color: theme.series[0], lineStyle: { width: 1.5 }, data: points(live, liveRow.live_bytes) },
        allocRow && { type: 'line', name: 'allocations', yAxisIndex: 1, showSymbol: false,
          color: theme.series[1], lineStyle: { width: 1.2 }, data: points(allocs, allocRow.allocs, true) },
      ].filter(Boolean),
    }),
  });
  return host;
}

function part(title, ...children) {
  return h('section.part', h('h4', title), children);
}

const figures = (rows) => h('dl.facts-grid', rows.filter(([, of]) => of !== undefined && of !== null)
  .map(([name, of, unit]) => h('div', h('dt', name), h('dd', figure.show(of, unit, true)))));

function lifetime(report, site) {
  const of = site.lifetime;

  if (!of)
    return null;
  const chart = site.survival?.time_ns?.length ? survivalChart(report, () => [site], {
    title: 'Survival', note: 'With its 95 % interval', height: 190 }) : null;
  const element = part('Lifetime', figures([['Half by', of.lifetime_p50_ns, 'time'],
    ['90 % by', of.lifetime_p90_ns, 'time'], ['99 % by', of.lifetime_p99_ns, 'time'],
    ['Mean of freed', of.lifetime_mean_of_ended_ns, 'time'],
    ['Live by Little’s law', of.expected_live_objects, 'count'],
    ['Excess', of.excess_live_objects, 'count']]), chart);

  element.mount = () => chart?.draw();
  return element;
}

function pattern(report, site) {
  const of = site.pattern;

  if (!of)
    return null;
  return part('Pattern', h('p', badge('info', of.pattern), of.steady_rate ? ' at a steady rate' : ''),
    figures([['Rate', of.allocs_per_second, 'rate'], ['Mean gap', of.gap_mean_ns, 'time'],
      ['Burstiness', of.burstiness, 'ratio'], ['Period', of.period_ns, 'time'],
      ...(of.fano_factors ?? []).filter((one) => one.window_ns).map((one) =>
        [`Fano, ${time(one.window_ns)}`, one.fano_factor, 'ratio'])]),
    of.bursts?.length > 0 && h('p.note', `${count(of.bursts_found)} bursts, the heaviest: `,
      of.bursts.slice(0, 4).map((burst) => `${count(burst.allocs)} in ` +
        `${time(burst.end_ns - burst.start_ns)} at ${moment(report.since(burst.start_ns), 1e6)}`).join('; ')));
}

function sharing(site) {
  const of = site.sharing;

  return of && part('Sharing', figures([['Freed on another CPU', of.other_cpu_share, 'share'],
    ['On another node', of.other_node_share, 'share'], ['By another task', of.other_task_share, 'share'],
    ['In another context', of.other_context_share, 'share'],
    ['Through kfree_rcu', of.deferred_share, 'share']]));
}

function reuse(site) {
  const of = site.pattern;

  return of && part('Address reuse', h('p', badge('info', of.address_reuse)),
    figures([['Sequential', of.sequential_share, 'share'], ['Cached', of.cached_share, 'share'],
      ['Addresses', of.addresses, 'count'], ['Gini', of.address_gini, 'ratio']]));
}

function impact(report, site) {
  const of = site.sharing;

  return of?.impact_parts && part('Impact', h('p', h('b', figure.show(of.impact, 'ratio')), ' of 100'),
    h('ul.parts', impactParts(report).map((key) => {
      const one = of.impact_parts[key];
      const value = figure.value(one.share) || 0;

      return h('li', h('span', partName(key)), h('span.meter',
        h('span', { style: { width: `${100 * value}%` } })), h('span.number', share(value)));
    })));
}

function pinning(site) {
  const of = site.pinning;

  return of && part('Pinned slabs', h('p', `${count(of.pinning_objects)} live objects on ` +
    `${count(of.slabs)} new slabs, on ${count(of.sole_slabs)} of them alone`),
  figures([['Free bytes charged', of.blame_bytes, 'bytes'], ['Would come back', of.back_bytes, 'bytes']]));
}

/** A dialog; show(report, id) fills and opens it, close() is Escape or a click beside it. */
export function makePanel(onclose) {
  const body = h('div.panel-body');
  const dialog = h('dialog.panel', { 'aria-label': 'Site' }, body);

  dialog.addEventListener('click', (event) => {
    if (event.target === dialog)
      dialog.close();
  });
  dialog.addEventListener('close', () => {
    body.replaceChildren();
    onclose();
  });
  document.body.append(dialog);

  return {
    close: () => dialog.open && dialog.close(),
    show(report, id) {
      const site = report.site(id);

      if (!site)
        return;
      const chart = series(report, site);
      const life = lifetime(report, site);
      const first = report.stack(site)[0];

      body.replaceChildren(
        h('header.panel-head',
          h('div', h('h2.mono', report.frameName(first)),
            h('p', h('span.cache', report.cacheName(site)), ' ', site.leak && verdictBadge(site.leak))),
          h('button.quiet', { type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() },
            icon(icons.close))),
        totals(report, site), ...[chart].filter(Boolean),
        part('Call stack', h('div.part-tools', copyButton('Copy stack', () => `${report.stackText(site)}\n`)),
          stackList(report, site)),
        ...[site.leak && part('Leak verdict', h('p.facts', sentence(site.leak)), evidenceList(site.leak)),
          life, pattern(report, site), impact(report, site), sharing(site), reuse(site), pinning(site)]
          .filter(Boolean));
      if (!dialog.open)
        dialog.showModal();
      dialog.scrollTop = 0;
      chart?.mount();
      life?.mount();
    },
  };
}
