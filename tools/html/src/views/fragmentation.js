// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where slab memory goes that no object holds: by cache, and whose objects keep
// half-empty slabs from being given back.  Then the machine's free pages by zone.

import { axis, byteAxis, chartCard, heatScale, mount, narrow, tip, tooltip } from '../chart.js';
import { h } from '../dom.js';
import * as figure from '../figure.js';
import { bytes, count, exact, share } from '../format.js';
import { bytesColumn, countColumn, panel, siteColumn } from '../site.js';
import { table } from '../table.js';
import { figureColumn } from './lifetimes.js';

const parts = [
  ['object_bytes', 'objects', 'What their users may use'],
  ['alignment_bytes', 'alignment', 'Between the end of an object and the next'],
  ['padding_bytes', 'padding', 'At the ends of slabs, too small for an object'],
  ['free_slot_bytes', 'free slots', 'Slots without an object. The upper end of the interval: what CPUs may ' +
    'hold on slabs of their own'],
];

/** Where a cache's object size is not known, its objects are what nothing else is */
function of(cache, key) {
  const value = figure.value(cache[key]);

  if (key !== 'object_bytes' || !Number.isNaN(value))
    return value || 0;
  return of(cache, 'slab_bytes') - of(cache, 'padding_bytes') - of(cache, 'free_slot_bytes');
}

const unused = (cache) => of(cache, 'slab_bytes') - of(cache, 'object_bytes');
const list = (rows) => (Array.isArray(rows) ? rows : []);

/** Caches by slabinfo, with what was seen of them in the recording */
function joined(report) {
  const traced = new Map(report.caches.map((cache) => [cache.cache, cache]));

  return list(report.document.fragmentation?.caches).map((cache) => ({ ...cache,
    traced: traced.get(cache.cache) }));
}

function cacheChart(caches, onpick) {
  const top = [...caches].sort((a, b) => of(b, 'slab_bytes') - of(a, 'slab_bytes')).slice(0, 20);
  const { card, host } = chartCard({
    title: 'Slab memory by cache', id: 'cache-chart',
    note: 'The largest 20 at the end, by /proc/slabinfo. A click shows who pins a cache’s slabs.',
    label: 'Slab memory by cache, in parts',
  });

  card.draw = () => mount(host, {
    height: () => Math.max(160, top.length * 22 + 60),
    onclick: ({ dataIndex, componentType, value }) => onpick(componentType === 'yAxis'
      ? top.find((cache) => cache.cache === value) : top[dataIndex]),
    build: (theme, width) => {
      const colours = [theme.series[0], theme.series[4], theme.series[6], theme.heat[1]];

      return {
        legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 10, textStyle: { color: theme.text } },
        grid: { left: width < 500 ? 110 : 170, right: 30, top: narrow() ? 50 : 30, bottom: 24 },
        tooltip: tooltip(theme, { trigger: 'axis', axisPointer: { type: 'shadow',
          shadowStyle: { opacity: 0.15 } },
        formatter([first]) {
          const cache = top[first.dataIndex];

          return tip(cache.cache, parts.map(([key, name], index) => [colours[index], name,
            bytes(of(cache, key))]));
        } }),
        xAxis: byteAxis(theme, top.map((cache) => of(cache, 'slab_bytes')), 4),
        yAxis: axis(theme, { type: 'category', inverse: true, triggerEvent: true,
          data: top.map((cache) => cache.cache), axisTick: { show: false },
          axisLabel: { width: width < 500 ? 100 : 160, overflow: 'truncate', interval: 0,
            fontFamily: theme.mono, fontSize: 11, color: theme.text } }),
        series: parts.map(([key, name], index) => ({ type: 'bar', name, stack: 'all', barMaxWidth: 16,
          color: colours[index], data: top.map((cache) => of(cache, key)) })),
      };
    },
  });
  return card;
}

function cacheTable(caches, onopen) {
  return table({
    label: 'caches', sort: 'unused', rows: caches, limit: 25,
    matches: (cache, words) => words.every((word) => cache.cache.toLowerCase().includes(word)),
    onopen,
    columns: [
      { key: 'cache', title: 'Cache', value: (cache) => cache.cache,
        cell: (cache) => h('span.mono', cache.cache) },
      countColumn('slabs', 'Slabs'),
      figureColumn('slab_bytes', 'In slabs', 'bytes', (cache) => cache.slab_bytes),
      ...parts.map(([key, title, help]) => figureColumn(key, title[0].toUpperCase() + title.slice(1),
        'bytes', (cache) => cache[key], help)),
      bytesColumn('unused', 'Unused', unused, 'All but objects'),
      figureColumn('share', 'Of all', 'share', (cache) => cache.unused_share),
      bytesColumn('slack', 'Slack', (cache) => cache.traced?.live_waste_bytes,
        'In live objects that were seen allocated: bytes beyond what was asked for'),
    ],
  });
}

/** What was seen while recording: there with or without /proc/slabinfo */
function tracedTable(report) {
  return table({
    label: 'traced caches', sort: 'live_bytes', rows: report.caches, limit: 25,
    matches: (cache, words) => words.every((word) => cache.cache.toLowerCase().includes(word)),
    columns: [
      { key: 'cache', title: 'Cache', value: (cache) => cache.cache,
        cell: (cache) => h('span.mono', cache.cache) },
      countColumn('live_objects', 'Objects'), bytesColumn('live_bytes', 'Live'),
      bytesColumn('peak_live_bytes', 'Peak'), bytesColumn('alloc_bytes', 'Allocated'),
      countColumn('allocs', 'Calls'), bytesColumn('live_waste_bytes', 'Slack live'),
      bytesColumn('waste_bytes', 'Slack in all'),
      countColumn('new_slabs', 'New slabs', null, 'Slabs that appeared and are still there'),
      bytesColumn('new_slab_bytes', 'In new slabs'),
    ],
  });
}

function blame(report) {
  const body = h('div');
  const title = h('h3');
  const totals = report.document.fragmentation?.pinning ?? {};
  const element = h('section.card', { id: 'pinning' }, h('header.card-head', h('div', title,
    h('p.note', 'The free bytes of each slab that appeared, divided among the objects that live on it and ' +
      'charged to their sites; and what would come back if all objects of a site went.',
    totals.slabs > 0 && ` ${count(totals.slabs)} slabs of ${bytes(totals.slab_bytes)}, ` +
      `${bytes(totals.free_bytes)} of it free; ${count(totals.empty_slabs)} without a live object.`))),
  h('div.card-body', body));

  element.show = (cache) => {
    const rows = report.sites.filter((site) => site.pinning && (!cache || site.cache === cache.cache));

    title.textContent = cache ? `Who keeps slabs of ${cache.cache} half empty`
      : 'Who keeps slabs half empty';
    body.replaceChildren(table({
      label: 'pinning', rows, sort: 'blame_bytes', limit: 15,
      empty: 'No live object is on a slab that appeared while recording.',
      matches: (site, words) => report.matches(site, words),
      onopen: (site) => panel.open(site.site),
      tools: cache ? [h('button.quiet', { type: 'button', onclick: () => element.show(null) },
        'All caches')] : [],
      columns: [
        siteColumn(report),
        countColumn('pinning_objects', 'Objects', (site) => site.pinning.pinning_objects),
        countColumn('slabs', 'Slabs', (site) => site.pinning.slabs, 'Slabs its objects are on'),
        countColumn('sole_slabs', 'Alone on', (site) => site.pinning.sole_slabs,
          'Slabs with objects of no other site'),
        figureColumn('blame_bytes', 'Free bytes charged', 'bytes', (site) => site.pinning.blame_bytes),
        figureColumn('back_bytes', 'Would come back', 'bytes', (site) => site.pinning.back_bytes),
      ],
    }));
  };
  element.show(null);
  return element;
}

function pages(report) {
  const zones = list(report.document.fragmentation?.zones);

  if (!zones.length)
    return null;
  const name = (zone) => `node ${zone.node}, ${zone.zone}`;
  const orders = Math.max(...zones.map((zone) => zone.orders.length));
  const { card, host } = chartCard({
    title: 'Free pages by order', id: 'zone-chart',
    note: 'Unusable free index: the share of free memory that a request of that order cannot use',
    label: 'Unusable free index by zone and order',
    table: () => table({
      label: 'zones', limit: 60, rows: zones.flatMap((zone) => zone.orders.map((order) => ({ zone, ...order }))),
      columns: [
        { key: 'zone', title: 'Zone', value: (row) => name(row.zone) },
        { key: 'order', title: 'Order', number: true, first: 'up', value: (row) => row.order },
        { key: 'free_blocks', title: 'Free blocks', number: true, value: (row) => row.free_blocks,
          cell: (row) => exact(row.free_blocks) },
        { key: 'unusable', title: 'Unusable', number: true, value: (row) => figure.value(row.unusable_share),
          cell: (row) => figure.show(row.unusable_share, 'share') },
        { key: 'index', title: 'Fragmentation index', number: true,
          help: 'The kernel’s own, only where a request of that order would fail',
          value: (row) => figure.value(row.fragmentation_index),
          cell: (row) => figure.show(row.fragmentation_index, 'ratio') },
      ],
    }),
  });

  card.draw = () => mount(host, {
    height: 60 + zones.length * 34,
    build: (theme) => ({
      grid: { left: 110, right: 14, top: 6, bottom: 42 },
      tooltip: tooltip(theme, { formatter: ({ data: [order, row, value] }) => tip(name(zones[row]), [
        [null, `order ${order}: unusable`, share(value)],
        [null, 'free blocks', count(zones[row].orders[order].free_blocks)]]) }),
      xAxis: axis(theme, { type: 'category', name: 'order', nameLocation: 'middle', nameGap: 26,
        data: Array.from({ length: orders }, (_, order) => String(order)) }),
      yAxis: axis(theme, { type: 'category', data: zones.map(name) }),
      visualMap: heatScale(theme, 1),
      series: [{ type: 'heatmap', progressive: 0, label: { show: !narrow(), fontSize: 10,
        formatter: ({ data }) => share(data[2]) },
      data: zones.flatMap((zone, row) => zone.orders.map((order) =>
        [order.order, row, figure.value(order.unusable_share)]).filter(([, , value]) => !Number.isNaN(value))) }],
    }),
  });
  return card;
}

export const fragmentation = {
  id: 'fragmentation', title: 'Fragmentation',
  render(report, root) {
    const caches = joined(report);
    const pinning = blame(report), zones = pages(report);
    const pick = (cache) => {
      if (!cache)
        return;
      pinning.show(cache);
      pinning.scrollIntoView({ block: 'nearest' });
    };
    const chart = caches.length ? cacheChart(caches, pick) : null;
    const tableCard = (title, note, body) => h('section.card',
      h('header.card-head', h('div', h('h3', title), h('p.note', note))), h('div.card-body', body));

    root.append(...[chart, caches.length
      ? tableCard('Caches', 'All of a cache’s slabs at the end, also those from before the recording',
        cacheTable(caches, pick))
      : h('p.empty', 'There is no /proc/slabinfo in the recording: nothing is told of all slabs.'),
    pinning, tableCard('Traced objects by cache', 'What was seen while recording', tracedTable(report)),
    zones].filter(Boolean));
    chart?.draw();
    zones?.draw();
  },
};
