// SPDX-License-Identifier: GPL-2.0-or-later
//
// How long objects live: survival curves of sites with their intervals, lifetimes of
// what was freed over time, and the quantiles in a table.

import { axis, chartCard, heatScale, keys, mount, narrow, tip, tooltip } from '../chart.js';
import { choice, h } from '../dom.js';
import * as figure from '../figure.js';
import { count, exact, moment, percent, share, time } from '../format.js';
import * as range from '../range.js';
import { countColumn, panel, siteColumn } from '../site.js';
import { table } from '../table.js';

/** S(t) just before and at t: the last step that has begun */
function survivalAt(curve, ns) {
  let from = 0, to = curve.time_ns.length;

  while (from < to) {
    const middle = (from + to) >> 1;

    if (curve.time_ns[middle] <= ns)
      from = middle + 1;
    else
      to = middle;
  }
  return from ? curve.survival[from - 1] : 1;
}

/**
 * Kaplan-Meier curves of sites, as steps over a logarithmic axis.  The band of the
 * interval is drawn where there is one curve only: several would hide each other.
 */
export function survivalChart(report, sites, { title, note, id, height = 300, controls }) {
  const { card, host } = chartCard({
    title, note, id, controls,
    label: `${title}: share of objects that live longer than a time`,
    table: () => table({
      label: 'survival curves', limit: 30, sort: 'time',
      rows: sites().flatMap((site) => site.survival.time_ns.map((ns, index) =>
        ({ site, ns, index }))),
      columns: [
        { key: 'site', title: 'Site', value: ({ site }) => report.label(site) },
        { key: 'time', title: 'Lifetime', number: true, first: 'up', value: ({ ns }) => ns,
          cell: ({ ns }) => time(ns) },
        ...['survival', 'low', 'high'].map((key) => ({ key, title: key, number: true,
          value: ({ site, index }) => site.survival[key]?.[index],
          cell: ({ site, index }) => share(site.survival[key]?.[index]) })),
      ],
    }),
  });

  function build(theme) {
    const shown = sites();
    const curves = shown.map((site) => site.survival);
    const least = Math.max(1, Math.min(...curves.map((curve) => curve.time_ns.find((ns) => ns > 0) ?? 1)) / 2);
    const most = Math.max(...curves.map((curve) => curve.time_ns.at(-1) ?? 1)) * 1.3;
    const points = (curve, values) => [[least, 1], ...curve.time_ns
      .map((ns, index) => [Math.max(ns, least), values[index]]),
    [most, values.at(-1)]];
    const series = shown.map((site, index) => ({
      type: 'line', step: 'end', name: `${index + 1}. ${report.label(site)}`, showSymbol: false,
      color: theme.series[index % theme.series.length], lineStyle: { width: 1.8 },
      data: points(curves[index], curves[index].survival),
    }));

    if (shown.length === 1 && curves[0].low) {
      const band = { type: 'line', step: 'end', showSymbol: false, silent: true, stack: 'interval',
        lineStyle: { opacity: 0 }, color: theme.series[0] };

      series.push({ ...band, name: 'low', data: points(curves[0], curves[0].low) },
        { ...band, name: 'high', areaStyle: { opacity: 0.14 },
          data: points(curves[0], curves[0].high.map((high, index) => high - curves[0].low[index])) });
      // Before the first step nothing has ended: the band has no width there.
      series.at(-1).data[0] = [least, 0];
    }
    return {
      grid: { left: 48, right: 18, top: 12, bottom: 28 },
      tooltip: tooltip(theme, {
        trigger: 'axis',
        formatter([first]) {
          const ns = first.axisValue;

          return tip(`live longer than ${time(ns)}`, shown.map((site, index) => [
            theme.series[index % theme.series.length], report.label(site),
            share(survivalAt(curves[index], ns))]));
        },
      }),
      xAxis: axis(theme, { type: 'log', min: least, max: most, splitLine: { show: false },
        axisLabel: { formatter: (ns) => time(ns) } }),
      yAxis: axis(theme, { type: 'value', min: 0, max: 1, interval: 0.25, axisLabel: { formatter: percent } }),
      series,
    };
  }

  card.draw = () => {
    mount(host, { build, height });
    keys(host, {
      columns: () => host.chart.getOption().series[0].data.length,
      point: (column) => ({ seriesIndex: 0, dataIndex: column }),
    });
  };
  card.redraw = () => host.draw();
  return card;
}

const orders = {
  allocs: ['Most calls', (site) => site.allocs],
  live_bytes: ['Most live', (site) => site.live_bytes],
  p50: ['Longest lived', (site) => figure.value(site.lifetime?.lifetime_p50_ns) || 0],
};

function curves(report) {
  const all = report.sites.filter((site) => site.survival?.time_ns?.length);

  if (!all.length)
    return null;
  let order = 'allocs', only = null;
  const sites = () => (only ? [only]
    : [...all].sort((a, b) => orders[order][1](b) - orders[order][1](a)).slice(0, 6));
  const legend = h('ul.curve-legend');
  const card = survivalChart(report, sites, {
    title: 'Survival', id: 'survival-chart',
    note: 'Share of a site’s objects that live longer than a time (Kaplan–Meier; objects that ' +
      'live on count as censored). One curve alone shows its 95 % interval.',
    controls: choice('Sites', Object.entries(orders).map(([key, [text]]) => [key, text]), order, (key) => {
      order = key;
      only = null;
      card.redraw();
      list();
    }),
  });

  function list() {
    const shown = only ? [only] : sites();

    legend.replaceChildren(...shown.map((site, index) => h('li',
      h('span.swatch', { class: `swatch-${index + 1}` }),
      h('button.link', { type: 'button', title: only ? 'Show all again' : 'Show this curve alone',
        onclick() {
          only = only ? null : site;
          card.redraw();
          list();
        } }, report.label(site)),
      h('button.quiet', { type: 'button', onclick: () => panel.open(site.site) }, 'Open'))));
  }
  list();
  card.querySelector('.card-body').append(legend);
  return card;
}

function timeline(report) {
  const lifetimes = report.document.lifetime_history;

  if (!lifetimes?.cells?.length)
    return null;
  const start = report.since(lifetimes.start_ns), width = lifetimes.bin_ns;
  const columns = Math.max(1, Math.ceil((report.durationNs - start) / width));
  const used = [...new Set(lifetimes.cells.map(([, row]) => row))].sort((a, b) => a - b);
  const rows = Array.from({ length: used.at(-1) - used[0] + 1 }, (_, n) => used[0] + n);
  const name = (row) => (lifetimes.class_ns[row] ? `≤ ${time(lifetimes.class_ns[row])}`
    : `> ${time(lifetimes.class_ns[row - 1])}`);
  const edge = (bin) => moment(Math.max(0, Math.min(report.durationNs, start + bin * width)), width);
  const { card, host } = chartCard({
    title: 'Lifetimes over time', id: 'lifetime-heatmap',
    note: 'Objects freed in each stretch of time, by how long they had lived. What lives on is not in it.',
    label: 'Lifetimes over time: arrow keys move the cursor',
    table: () => table({
      label: 'lifetimes', sort: 'row', limit: 40,
      rows: rows.map((row) => ({ row, frees: lifetimes.cells.filter(([, of]) => of === row)
        .reduce((sum, [, , n]) => sum + n, 0) })),
      columns: [
        { key: 'row', title: 'Lifetime up to', number: true, first: 'up',
          value: ({ row }) => row, cell: ({ row }) => name(row),
          copy: ({ row }) => lifetimes.class_ns[row] ?? '' },
        { key: 'frees', title: 'Objects freed', number: true, value: ({ frees }) => frees,
          cell: ({ frees }) => exact(frees) },
      ],
    }),
  });
  const bounds = () => {
    const selected = range.isZoomed() ? range.current() : null;

    return selected ? [Math.max(0, Math.floor((selected.from - start) / width)),
      Math.min(columns - 1, Math.ceil((selected.to - start) / width) - 1)] : [0, columns - 1];
  };
  const cells = new Map(lifetimes.cells.map(([bin, row, n]) => [`${bin} ${row}`, n]));

  card.draw = () => {
    mount(host, {
      height: () => Math.max(160, rows.length * (narrow() ? 14 : 16) + 34),
      build(theme) {
        const [first, last] = bounds();
        const data = lifetimes.cells.filter(([bin]) => bin >= first && bin <= last)
          .map(([bin, row, n]) => [bin - first, row - rows[0], Math.sqrt(n), n]);

        return {
          grid: { left: 84, right: 14, top: 6, bottom: 26 },
          tooltip: tooltip(theme, { formatter: ({ data: [column, row, , n] }) =>
            tip(`lived ${name(row + rows[0])}`, [[null,
              `freed ${edge(column + first)} – ${edge(column + first + 1)}`, count(n)]]) }),
          xAxis: axis(theme, { type: 'category', splitLine: { show: false },
            data: Array.from({ length: last - first + 1 }, (_, n) => edge(first + n)) }),
          yAxis: axis(theme, { type: 'category', data: rows.map(name), splitLine: { show: false } }),
          visualMap: heatScale(theme, data.reduce((most, [, , n]) => Math.max(most, n), 0), { dimension: 2 }),
          series: [{ type: 'heatmap', data, progressive: 0, encode: { x: 0, y: 1, value: 2 } }],
        };
      },
    });
    keys(host, {
      columns: () => bounds()[1] - bounds()[0] + 1, rows: () => rows.length,
      point(column, row) {
        const index = host.chart.getOption().series[0].data.findIndex(([x, y]) => x === column && y === row);
        return index < 0 ? null : { seriesIndex: 0, dataIndex: index };
      },
      describe: (column, row) => `lived ${name(row + rows[0])}, freed by ${edge(column + bounds()[0] + 1)}: ` +
        exact(cells.get(`${column + bounds()[0]} ${row + rows[0]}`) ?? 0),
      onselect: (from, to) => range.select(Math.max(0, start + (from + bounds()[0]) * width),
        Math.min(report.durationNs, start + (to + bounds()[0] + 1) * width)),
      onclear: range.clear,
    });
    range.follow(host, () => host.draw());
  };
  return card;
}

export const figureColumn = (key, title, unit, of, help) => ({
  key, title, help, number: true,
  value: (site) => figure.value(of(site)),
  cell: (site) => figure.show(of(site), unit),
  copy: (site) => {
    const value = figure.value(of(site));
    return Number.isNaN(value) ? '' : Number.isFinite(value) ? value : 'inf';
  },
});

export const lifetimes = {
  id: 'lifetimes', title: 'Lifetimes',
  render(report, root) {
    const rows = report.sites.filter((site) => site.lifetime);
    const first = curves(report), second = timeline(report);

    if (!rows.length && !second) {
      root.append(h('p.empty', 'This report was made without the lifetime analysis.'));
      return;
    }
    root.append(...[first, second].filter(Boolean), h('section.card',
      h('header.card-head', h('div', h('h3', 'Lifetimes of sites'),
        h('p.note', 'Time by which half, nine tenths and 99 of 100 objects have been freed; hover ' +
          'for intervals. “n/a”: too little to tell.'))),
      h('div.card-body', table({
        label: 'lifetimes of sites', rows, sort: 'ended',
        matches: (site, words) => report.matches(site, words),
        onopen: (site) => panel.open(site.site),
        columns: [
          siteColumn(report),
          countColumn('ended', 'Freed', (site) => site.lifetime.ended_objects),
          countColumn('live', 'Live on', (site) => site.live_objects),
          figureColumn('mean', 'Mean of freed', 'time', (site) => site.lifetime.lifetime_mean_of_ended_ns),
          figureColumn('p50', 'Half by', 'time', (site) => site.lifetime.lifetime_p50_ns),
          figureColumn('p90', '90 % by', 'time', (site) => site.lifetime.lifetime_p90_ns),
          figureColumn('p99', '99 % by', 'time', (site) => site.lifetime.lifetime_p99_ns),
          figureColumn('excess', 'Excess', 'count',
            (site) => (site.lifetime.excess_is_lasting ? site.lifetime.excess_live_objects : null),
            'Live objects beyond what the site’s rate and lifetimes explain (Little’s law), where it lasts'),
        ],
      }))));
    first?.draw();
    second?.draw();
  },
};
