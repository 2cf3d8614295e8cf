// SPDX-License-Identifier: GPL-2.0-or-later
//
// Live bytes, rates, memory, slab and CPU load over one axis of time, with a brush.
// What is brushed is summed up above, and other views follow it.

import { axis, byteAxis, canHover, chartCard, heatScale, keys, mount, narrow, tip, tooltip } from '../chart.js';
import { h } from '../dom.js';
import { bytes, bytesPerSecond, count, exact, moment, percent, rate, share, time } from '../format.js';
import * as range from '../range.js';
import { bytesColumn, panel, siteColumn } from '../site.js';
import { table } from '../table.js';

const linesUpTo = 8;

/** One pane each: title, unit, series of { name, data, area, stack } over the bins */
function panes(report, bins) {
  const memory = report.machine();
  const perSecond = (values) => values.map((value) => value / (bins.width / 1e9));
  const all = [
    { title: 'Live bytes of traced objects', format: bytes,
      series: [{ name: 'live', data: bins.live_bytes, area: true }] },
    { title: 'Rates', format: rate, series: [
      { name: 'allocations', data: perSecond(bins.allocs) },
      { name: 'frees', data: perSecond(bins.frees) }] },
  ];

  if (bins.lost_events?.some((value) => value > 0))
    all.push({ title: 'Lost events', format: rate,
      series: [{ name: 'lost', data: perSecond(bins.lost_events), bad: true, area: true }] });
  if (memory?.slab_unreclaimable_bytes?.some((value) => value !== null)) {
    all.push({ title: 'Slab of the machine', format: bytes, gaps: true, series: [
      { name: 'unreclaimable', data: memory.slab_unreclaimable_bytes, area: true, stack: 'slab' },
      { name: 'reclaimable', data: memory.slab_reclaimable_bytes, area: true, stack: 'slab' }] },
    { title: 'Free memory of the machine', format: bytes, gaps: true,
      series: [{ name: 'free', data: memory.free_bytes }] });
  }
  const cpus = report.cpus();

  if (cpus.length) {
    const busy = cpus.map((cpu) => cpu.busy_share);
    const over = (fn) => bins.allocs.map((_, bin) => {
      const values = busy.map((of) => of[bin]).filter((value) => value !== null && value !== undefined);
      return values.length ? fn(values) : null;
    });

    all.push({ title: 'CPU load', format: share, gaps: true, max: 1,
      series: cpus.length <= linesUpTo
        ? cpus.map((cpu) => ({ name: `CPU ${cpu.cpu}`, data: cpu.busy_share }))
        : [{ name: 'busiest CPU', data: over((of) => Math.max(...of)) },
          { name: 'mean', data: over((of) => of.reduce((a, b) => a + b, 0) / of.length) }] });
  }
  return all;
}

/** What happened in the bins of a range */
export function sum(report, bins, selected) {
  const first = Math.max(0, Math.floor((selected.from - bins.start) / bins.width));
  const last = Math.min(bins.count - 1, Math.ceil((selected.to - bins.start) / bins.width) - 1);
  const total = (values) => (values ?? []).slice(first, last + 1).reduce((a, b) => a + b, 0);
  const end = Math.min(bins.start + (last + 1) * bins.width, report.durationNs);
  const from = Math.max(0, bins.start + first * bins.width);

  return {
    first, last, from, to: end, seconds: (end - from) / 1e9,
    allocs: total(bins.allocs), frees: total(bins.frees), bytes: total(bins.alloc_bytes),
    lost: total(bins.lost_events),
    growth: bins.live_bytes[last] - (first > 0 ? bins.live_bytes[first - 1] : 0),
  };
}

function selection(report, bins) {
  const box = h('div.selection', { id: 'selection', role: 'status' });
  const growth = h('div');

  function draw() {
    const selected = range.current();

    if (!selected) {
      box.replaceChildren(h('span.note', canHover()
        ? 'Drag over a chart to select a stretch of time, or focus it and use Shift with the arrow keys.'
        : 'Turn on “Select” and drag over a chart to select a stretch of time.'));
      growth.replaceChildren();
      return;
    }
    const of = sum(report, bins, selected);
    const item = (name, value, full) => h('span.selected', { dataset: { item: name }, title: full },
      h('span', name), h('b', value));

    box.replaceChildren(
      item('time', `${moment(of.from, bins.width)} – ${moment(of.to, bins.width)}`),
      item('length', time(of.to - of.from)),
      item('allocations', count(of.allocs), exact(of.allocs)),
      item('per second', rate(of.allocs / of.seconds)),
      item('frees', count(of.frees), exact(of.frees)),
      item('allocated', bytes(of.bytes), exact(of.bytes)),
      item('growth', `${of.growth > 0 ? '+' : ''}${bytes(of.growth)}`, exact(of.growth)),
      of.lost > 0 && item('lost', count(of.lost), exact(of.lost)),
      h('span.gap'),
      h('button.quiet', { type: 'button', 'aria-pressed': String(range.isZoomed()),
        onclick: () => range.zoom(!range.isZoomed()) }, range.isZoomed() ? 'Zoomed in' : 'Zoom in'),
      h('button.quiet', { type: 'button', onclick: range.clear }, 'Clear'));
    drawGrowth(of);
  }

  /** Sites by how much they grew between the ends of the selection */
  function drawGrowth(of) {
    const series = report.document.site_live;

    if (!series?.rows?.length) {
      growth.replaceChildren();
      return;
    }
    const start = report.since(series.start_ns);
    const at = (row, ns) => {
      const bin = Math.min(row.live_bytes.length, Math.round((ns - start) / series.bin_ns)) - 1;
      return bin < 0 ? 0 : row.live_bytes[bin];
    };
    const rows = series.rows.map((row) => ({ site: report.site(row.site),
      before: at(row, of.from), after: at(row, of.to) }))
      .filter((row) => row.site && (row.before || row.after));
    const column = siteColumn(report);

    growth.replaceChildren(h('section.card', h('header.card-head', h('div',
      h('h3', 'Growth within the selection'),
      h('p.note', 'Live bytes of the largest sites at both ends of it'))),
    h('div.card-body', table({
      label: 'growth of sites', rows, sort: 'growth', limit: 12,
      matches: (row, words) => report.matches(row.site, words),
      onopen: (row) => panel.open(row.site.site),
      columns: [
        { ...column, value: (row) => column.value(row.site), cell: (row) => column.cell(row.site),
          copy: (row) => column.copy(row.site) },
        bytesColumn('growth', 'Growth', (row) => row.after - row.before),
        { key: 'pace', title: 'Pace', number: true,
          value: (row) => (row.after - row.before) / of.seconds,
          cell: (row) => bytesPerSecond((row.after - row.before) / of.seconds) },
        bytesColumn('before', 'At its start'), bytesColumn('after', 'At its end'),
      ],
    }))));
  }
  draw();
  range.follow(box, draw);
  return { box, growth };
}

const colourOf = (theme, series, index) =>
  (series.bad ? theme.bad : theme.series[index % theme.series.length]);

/** The highest points of a pane, of stacked ones together */
function tops({ series }) {
  return series.some((of) => of.stack)
    ? series[0].data.map((_, bin) => series.reduce((sum, of) => sum + (of.data[bin] ?? 0), 0))
    : series.flatMap((of) => of.data);
}

/** The title, and where there are several lines the name of each in its colour */
const heading = (pane) => (pane.series.length < 2 ? pane.title
  : `${pane.title}   ${pane.series.map((of, at) => `{s${at}|— ${of.name}}`).join('  ')}`);

function trendChart(report, bins) {
  const all = panes(report, bins);
  const paneHeight = 132, top = 26, gap = 46;
  const height = all.length * (paneHeight + gap) + 10;
  const x = (bin) => Math.min(bins.start + (bin + 1) * bins.width, report.durationNs);
  let brushing = canHover();

  const toggle = h('button.quiet', { type: 'button', 'aria-pressed': String(brushing),
    title: 'Dragging over a chart selects time',
    onclick: () => { brushing = !brushing; arm(); } }, 'Select');
  const peak = h('button.quiet', { type: 'button', onclick: () => {
    const at = report.since(report.totals.peak_ns);
    range.select(Math.max(0, at - 2 * bins.width), Math.min(report.durationNs, at + 2 * bins.width));
  } }, 'Go to the peak');
  const { card, host } = chartCard({
    title: 'Trends', id: 'trend-chart',
    note: `Bins of ${time(bins.width)}; a shared cursor reads all of them`,
    controls: [peak, toggle],
    label: 'Trends: left and right move the cursor, Shift with them selects, Escape clears',
    table: () => table({
      label: 'bins', rows: bins.allocs.map((_, bin) => bin), limit: 30,
      columns: [
        { key: 'to', title: 'Until', number: true, first: 'up', value: (bin) => x(bin),
          cell: (bin) => moment(x(bin), bins.width) },
        ...all.flatMap((pane, index) => pane.series.map((series) => ({
          key: `${index}-${series.name}`, title: series.name, number: true,
          value: (bin) => series.data[bin], cell: (bin) => pane.format(series.data[bin]) }))),
      ],
    }),
  });

  function build(theme, width) {
    const left = 66, right = width < 500 ? 10 : 18;
    const zoomed = range.isZoomed() ? range.current() : null;
    const series = [];

    all.forEach((pane, index) => pane.series.forEach((of, at) => series.push({
      type: 'line', name: `${pane.title}: ${of.name}`, xAxisIndex: index, yAxisIndex: index,
      showSymbol: false, symbolSize: 4, stack: of.stack,
      color: colourOf(theme, of, at),
      lineStyle: { width: 1.4 }, areaStyle: of.area ? { opacity: 0.16 } : undefined,
      data: of.data.map((value, bin) => [x(bin), value])
        .filter(([, value]) => !pane.gaps || (value !== null && value !== undefined)),
    })));
    return {
      grid: all.map((_, index) => ({ left, right, height: paneHeight,
        top: top + index * (paneHeight + gap) })),
      axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: theme.muted },
        label: { show: false } },
      tooltip: tooltip(theme, {
        trigger: 'axis', axisPointer: { type: 'line' },
        formatter(points) {
          const bin = points[0].dataIndex;

          return tip(`until ${moment(x(bin), bins.width)}`, all.flatMap((pane) =>
            pane.series.map((of, at) => [colourOf(theme, of, at),
              `${pane.series.length > 1 ? '' : `${pane.title}: `}${of.name}`,
              pane.format(of.data[bin])])));
        },
      }),
      xAxis: all.map((_, index) => axis(theme, {
        type: 'value', gridIndex: index, splitLine: { show: false },
        min: zoomed?.from ?? 0, max: zoomed?.to ?? report.durationNs,
        axisLabel: { formatter: (ns) => time(ns) },
      })),
      yAxis: all.map((pane, index) => {
        const own = { gridIndex: index, name: heading(pane), nameLocation: 'end', nameGap: 12,
          nameTextStyle: { color: theme.text, fontWeight: 600, align: 'left',
            padding: [0, 0, 0, 8 - left], rich: Object.fromEntries(pane.series.map((of, at) =>
              [`s${at}`, { color: colourOf(theme, of, at), fontWeight: 600, fontSize: 12 }])) } };

        if (pane.format === bytes)
          return byteAxis(theme, tops(pane), 3, own);
        return axis(theme, { type: 'value', splitNumber: 3, min: 0, max: pane.max,
          interval: pane.max ? pane.max / 4 : undefined, ...own,
          axisLabel: { formatter: pane.format === share ? percent : pane.format } });
      }),
      brush: {
        xAxisIndex: 'all', brushType: 'lineX', brushMode: 'single', transformable: false,
        throttleType: 'debounce', throttleDelay: 60, outOfBrush: {}, inBrush: {}, z: 10,
        brushStyle: { borderWidth: 1, color: `${theme.accent}22`, borderColor: theme.accent },
      },
      series,
    };
  }

  /** The brush follows the button, and areas what is selected */
  function arm() {
    toggle.setAttribute('aria-pressed', String(brushing));
    host.chart.dispatchAction({ type: 'takeGlobalCursor', key: 'brush',
      brushOption: { brushType: brushing ? 'lineX' : false, brushMode: 'single' } });
    const selected = range.current();

    host.chart.dispatchAction({ type: 'brush', areas: selected && !range.isZoomed()
      ? all.map((_, index) => ({ brushType: 'lineX', xAxisIndex: index,
        coordRange: [selected.from, selected.to] })) : [] });
  }

  card.draw = () => {
    mount(host, { build, height, ondrawn: arm });
    host.chart.on('brushEnd', ({ areas }) => {
      const area = areas.at(-1);
      const [from, to] = area?.coordRange ?? [];

      if (area && to - from > 0)
        range.select(Math.max(0, from), Math.min(report.durationNs, to));
      else
        range.clear();
    });
    keys(host, {
      columns: () => bins.count,
      point: (column) => ({ seriesIndex: 0, dataIndex: column }),
      onselect: (from, to) => range.select(bins.start + from * bins.width, x(to)),
      onclear: range.clear,
    });
    let zoomed = range.isZoomed();
    range.follow(host, () => {
      if (zoomed || range.isZoomed())
        host.draw();
      else
        arm();
      zoomed = range.isZoomed();
    });
  };
  return card;
}

function cpuChart(report, bins) {
  const cpus = report.cpus();

  if (cpus.length <= linesUpTo)
    return null;
  const { card, host } = chartCard({
    title: 'Load of each CPU', note: 'Share of time not idle', id: 'cpu-chart',
    label: 'Load of each CPU over time',
  });
  const end = (bin) => moment(bins.start + (bin + 1) * bins.width, bins.width);

  card.draw = () => mount(host, {
    height: () => 70 + Math.max(120, cpus.length * (narrow() ? 8 : 12)),
    build: (theme) => ({
      grid: { left: 60, right: 18, top: 8, bottom: 28 },
      tooltip: tooltip(theme, { formatter: ({ data }) => tip(`CPU ${cpus[data[1]].cpu}`, [
        [null, `until ${end(data[0])}`, share(data[2])]]) }),
      xAxis: axis(theme, { type: 'category', data: bins.allocs.map((_, bin) => end(bin)) }),
      yAxis: axis(theme, { type: 'category', data: cpus.map((cpu) => `CPU ${cpu.cpu}`) }),
      visualMap: heatScale(theme, 1),
      series: [{ type: 'heatmap', progressive: 0, data: cpus.flatMap((cpu, row) => cpu.busy_share
        .map((value, bin) => [bin, row, value]).filter(([, , value]) => value !== null)) }],
    }),
  });
  return card;
}

export const trends = {
  id: 'trends', title: 'Trends',
  render(report, root) {
    const bins = report.bins();

    if (!bins) {
      root.append(h('p.empty', 'The recording has no events.'));
      return;
    }
    const { box, growth } = selection(report, bins);
    const chart = trendChart(report, bins), load = cpuChart(report, bins);

    root.append(box, chart, ...[load].filter(Boolean), growth);
    if (!report.cpus().length) {
      root.append(h('p.note', 'There are no load samples in this recording: memory, slab and ' +
        'CPU load are not known.'));
    }
    chart.draw();
    load?.draw();
  },
};
