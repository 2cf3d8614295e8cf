// SPDX-License-Identifier: GPL-2.0-or-later
//
// Heatmaps over time: call stacks (what each site allocates or holds, bin by bin), and
// sizes (how many objects of each size are allocated when).

import { axis, chartCard, heatScale, keys, mount, narrow, tip, tooltip } from '../chart.js';
import { choice, h } from '../dom.js';
import { bytes, count, exact, moment } from '../format.js';
import * as range from '../range.js';
import { panel } from '../site.js';
import { table } from '../table.js';

const shownSites = 40;

/** Bins of a series that a zoomed selection leaves */
function window(report, series, columns) {
  const selected = range.isZoomed() ? range.current() : null;
  const start = report.since(series.start_ns);

  if (!selected)
    return [0, columns - 1];
  return [Math.max(0, Math.floor((selected.from - start) / series.bin_ns)),
    Math.min(columns - 1, Math.ceil((selected.to - start) / series.bin_ns) - 1)];
}

/**
 * A heatmap of rows over bins.
 *   get(): { series, columns, rows: [{ name, title, values: Map or array, site }], format,
 *            scale } of what is chosen now
 */
function heatmap({ report, title, note, id, get, controls, rowHeight, left, onpick }) {
  const at = (of, row, column) => {
    const values = of.rows[row]?.values;
    return (values instanceof Map ? values.get(column) : values?.[column]) ?? 0;
  };
  const edge = (of, column) => moment(Math.max(0, Math.min(report.durationNs,
    report.since(of.series.start_ns) + column * of.series.bin_ns)), of.series.bin_ns);
  const { card, host } = chartCard({
    title, note, id, controls,
    label: `${title}: arrow keys move the cursor${onpick ? ', Enter opens the site' : ''}`,
    table: () => {
      const of = get();

      return table({
        label: title, rows: of.rows.map((row, index) => ({ row, index })), limit: 30, sort: 'sum',
        columns: [
          { key: 'name', title: of.what, value: ({ row }) => row.name },
          { key: 'sum', title: 'Sum over time', number: true,
            value: ({ index }) => total(of, index), cell: ({ index }) => of.format(total(of, index)) },
          { key: 'max', title: 'Highest bin', number: true,
            value: ({ index }) => highest(of, index), cell: ({ index }) => of.format(highest(of, index)) },
        ],
      });
    },
  });
  const cells = (of, row) => Array.from({ length: of.columns }, (_, column) => at(of, row, column));
  const total = (of, row) => cells(of, row).reduce((a, b) => a + b, 0);
  const highest = (of, row) => cells(of, row).reduce((a, b) => Math.max(a, b), 0);

  function build(theme, width) {
    const of = get();
    const [first, last] = window(report, of.series, of.columns);
    const data = [];
    let max = 0;

    // Few cells hold most of it: the colour goes by the root of the value.
    of.rows.forEach((row, index) => {
      const most = of.perRow ? highest(of, index) || 1 : 1;

      for (let column = first; column <= last; column++) {
        const value = at(of, index, column);

        if (value > 0) {
          data.push([column - first, index, Math.sqrt(value / most), value]);
          max = Math.max(max, value / most);
        }
      }
    });
    host.parentElement.querySelector('.scale')?.replaceWith(
      scale(of.perRow ? 'most of its row' : of.format(max)));
    const leftOf = left(width);

    return {
      grid: { left: leftOf, right: 14, top: 6, bottom: 26 },
      tooltip: tooltip(theme, {
        formatter: ({ data: [column, row, , value] }) => tip(of.rows[row].title ?? of.rows[row].name, [
          [null, `${edge(of, column + first)} – ${edge(of, column + first + 1)}`, of.format(value)]]),
      }),
      xAxis: axis(theme, { type: 'category', splitLine: { show: false },
        data: Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => edge(of, first + n)),
        axisLabel: { hideOverlap: true } }),
      yAxis: axis(theme, { type: 'category', inverse: Boolean(of.inverse),
        data: of.rows.map((row) => row.name), axisTick: { show: false },
        splitLine: { show: false },
        triggerEvent: Boolean(onpick),
        axisLabel: { interval: 0, width: leftOf - 12, overflow: 'truncate', fontSize: 11,
          align: 'left', margin: leftOf - 4,
          fontFamily: theme.mono, color: theme.text } }),
      visualMap: heatScale(theme, Math.sqrt(max), { dimension: 2 }),
      series: [{ type: 'heatmap', data, progressive: 0, encode: { x: 0, y: 1, value: 2 },
        emphasis: { itemStyle: { borderColor: theme.text, borderWidth: 1 } } }],
    };
  }

  /** Columns and rows of the keys are those drawn: a zoom begins at another bin */
  const firstColumn = () => window(report, get().series, get().columns)[0];

  function point(column, row) {
    const data = host.chart.getOption().series[0].data;
    const index = data.findIndex(([x, y]) => x === column && y === row);

    return index < 0 ? null : { seriesIndex: 0, dataIndex: index };
  }

  function describe(column, row) {
    const of = get();
    const bin = column + firstColumn();

    return `${of.rows[row].title ?? of.rows[row].name}, ${edge(of, bin)}: ${of.format(at(of, row, bin))}`;
  }

  card.draw = () => {
    host.after(scale(''));
    mount(host, {
      build, height: () => Math.max(140, get().rows.length * rowHeight() + 34),
      onclick(event) {
        const row = event.componentType === 'yAxis'
          ? get().rows.findIndex(({ name }) => name === event.value) : event.data?.[1];

        onpick?.(get().rows[row]);
      },
    });
    keys(host, {
      columns() {
        const [first, last] = window(report, get().series, get().columns);
        return last - first + 1;
      },
      rows: () => get().rows.length,
      point, describe,
      onenter: (column, row) => onpick?.(get().rows[row]),
      onselect(from, to) {
        const { series } = get();
        const start = report.since(series.start_ns) + firstColumn() * series.bin_ns;

        range.select(Math.max(0, start + from * series.bin_ns),
          Math.min(report.durationNs, start + (to + 1) * series.bin_ns));
      },
      onclear: range.clear,
    });
    range.follow(host, () => host.draw());
  };
  card.redraw = () => host.draw();
  return card;
}

function scale(most) {
  return h('div.scale', h('span', '0'), h('span.scale-bar'), h('span', most),
    h('span.note', 'colour by the root of the value'));
}

function stackCard(report) {
  const sources = {
    live_bytes: ['Live bytes', report.document.site_live, bytes],
    allocs: ['Allocations', report.document.site_allocs, count],
  };
  const there = Object.entries(sources).filter(([, [, series]]) => series?.rows?.length);

  if (!there.length)
    return null;
  let key = there[0][0], perRow = false;
  const names = new Map();

  /** Two sites of one function have names that differ: an axis wants that */
  function unique(site) {
    const base = report.label(site);
    const before = names.get(base) ?? new Map();

    if (!before.has(site.site))
      before.set(site.site, before.size);
    names.set(base, before);
    return before.get(site.site) ? `${base} (${before.get(site.site) + 1})` : base;
  }
  const made = new Map();
  const get = () => {
    if (!made.has(key)) {
      const [, series, format] = sources[key];
      const weigh = (row) => row[key].reduce((a, b) => a + b, 0);
      const rows = series.rows.filter((row) => report.site(row.site))
        .map((row) => [weigh(row), row]).sort((a, b) => b[0] - a[0]).slice(0, shownSites)
        .map(([, row]) => ({ site: row.site, values: row[key], name: unique(report.site(row.site)),
          title: report.label(report.site(row.site)) }));

      made.set(key, { series, rows, format, inverse: true, what: 'Site',
        columns: rows.reduce((most, row) => Math.max(most, row.values.length), 0) });
    }
    return { ...made.get(key), perRow };
  };
  const card = heatmap({
    report, get, id: 'stack-heatmap', title: 'Call stacks over time',
    note: `The ${shownSites} largest sites; a click on a cell or a name opens the site`,
    rowHeight: () => 18, left: (width) => (width < 500 ? 120 : Math.min(360, width * 0.32)),
    controls: [choice('Measure', there.map(([value, [text]]) => [value, text]), key, (value) => {
      key = value;
      card.redraw();
    }), choice('Colour scale', [['all', 'All', 'One scale for all sites'],
      ['row', 'Each', 'A scale of its own for each site: shapes, not sizes']], 'all', (value) => {
      perRow = value === 'row';
      card.redraw();
    })],
    onpick: (row) => row && panel.open(row.site),
  });
  return card;
}

function sizeCard(report) {
  const sizes = report.document.size_history;

  if (!sizes?.cells?.length)
    return null;
  let key = 'allocs';
  const made = {};
  const name = (index) => {
    const from = index ? sizes.class_bytes[index - 1] + 1 : 0;
    const to = sizes.class_bytes[index];

    if (to === null)
      return `≥ ${bytes(from)}`;
    return narrow() || !index ? `≤ ${bytes(to)}` : `${exact(from)} – ${exact(to)} B`;
  };
  const get = () => {
    made[key] ??= (() => {
      const used = sizes.class_bytes.map((of, index) => index)
        .filter((index) => sizes.cells.some(([, row]) => row === index));
      const rows = used.map((index) => ({ name: name(index), values: new Map() }));

      for (const [bin, row, allocs, allocated] of sizes.cells)
        rows[used.indexOf(row)].values.set(bin, key === 'allocs' ? allocs : allocated);
      return { series: sizes, rows, what: 'Size asked for', format: key === 'allocs' ? count : bytes,
        columns: sizes.cells.reduce((most, [bin]) => Math.max(most, bin + 1), 0) };
    })();
    return made[key];
  };
  const card = heatmap({
    report, get, id: 'size-heatmap', title: 'Sizes over time',
    note: 'Allocations by the size asked for, small ones at the bottom',
    rowHeight: () => 22, left: (width) => (width < 500 ? 84 : 140),
    controls: choice('Measure', [['allocs', 'Allocations'], ['bytes', 'Bytes']], key, (value) => {
      key = value;
      card.redraw();
    }),
  });
  return card;
}

function sizeTable(report) {
  const sizes = report.document.size_history;
  const rows = sizes.class_bytes.map((to, index) => {
    const cells = sizes.cells.filter(([, row]) => row === index);

    return { to, from: index ? sizes.class_bytes[index - 1] + 1 : 0,
      allocs: cells.reduce((sum, [, , n]) => sum + n, 0),
      bytes: cells.reduce((sum, [, , , n]) => sum + n, 0) };
  }).filter((row) => row.allocs);
  const all = rows.reduce((sum, row) => sum + row.allocs, 0);

  return h('section.card', h('header.card-head', h('div', h('h3', 'Size classes'))),
    h('div.card-body', table({
      label: 'size classes', rows, sort: 'allocs',
      columns: [
        { key: 'to', title: 'Size asked for', number: true, first: 'up', value: (row) => row.from,
          cell: (row) => (row.to ? `${exact(row.from)} – ${exact(row.to)} B` : `from ${exact(row.from)} B`) },
        { key: 'allocs', title: 'Allocations', number: true, value: (row) => row.allocs,
          cell: (row) => exact(row.allocs) },
        { key: 'share', title: 'Of all', number: true, value: (row) => row.allocs / all,
          cell: (row) => `${(100 * row.allocs / all).toFixed(1)} %` },
        { key: 'bytes', title: 'Allocated', number: true, value: (row) => row.bytes,
          cell: (row) => h('span', { title: exact(row.bytes) }, bytes(row.bytes)) },
      ],
    })));
}

export const stacks = {
  id: 'stacks', title: 'Stack heatmap',
  render(report, root) {
    const card = stackCard(report);

    if (!card) {
      root.append(h('p.empty', 'This report holds no series of sites.'));
      return;
    }
    root.append(card);
    card.draw();
  },
};

export const sizes = {
  id: 'sizes', title: 'Sizes',
  render(report, root) {
    const card = sizeCard(report);

    if (!card) {
      root.append(h('p.empty', 'This report holds no sizes over time.'));
      return;
    }
    root.append(card, sizeTable(report));
    card.draw();
  },
};
