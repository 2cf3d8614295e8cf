// SPDX-License-Identifier: GPL-2.0-or-later
//
// ECharts in a card: colours of the page's theme, tooltips as elements, keys, and the
// data behind every chart as a table.  Charts of a view go when the view goes.

import * as echarts from 'echarts/core';
import { BarChart, HeatmapChart, LineChart } from 'echarts/charts';
import {
  BrushComponent, DataZoomComponent, GridComponent, LegendComponent, MarkLineComponent,
  TooltipComponent, VisualMapContinuousComponent,
} from 'echarts/components';
import { CanvasRenderer } from 'echarts/renderers';
import { announce, append, h, icon, icons } from './dom.js';
import { bytes } from './format.js';

echarts.use([
  BarChart, HeatmapChart, LineChart, BrushComponent, DataZoomComponent, GridComponent,
  LegendComponent, MarkLineComponent, TooltipComponent, VisualMapContinuousComponent,
  CanvasRenderer,
]);

const charts = new Set();
const finePointer = matchMedia('(pointer: fine)');

export const canHover = () => finePointer.matches;
export const narrow = () => innerWidth < 640;

function variable(style, name) {
  return style.getPropertyValue(name).trim();
}

/** Colours as the style sheet has them now */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => variable(style, name);

  return {
    text: of('--text'), muted: of('--muted'), line: of('--line'), panel: of('--panel'),
    accent: of('--accent'), bad: of('--bad'), warn: of('--warn'), good: of('--good'),
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => of(`--series-${n}`)),
    heat: [1, 2, 3, 4, 5, 6].map((n) => of(`--heat-${n}`)),
    font: variable(style, '--font'),
    mono: variable(style, '--mono'),
  };
}

/** Parts all options have in common */
function frame(theme) {
  return {
    animation: false,
    backgroundColor: 'transparent',
    color: theme.series,
    textStyle: { fontFamily: theme.font, color: theme.text, fontSize: 12 },
  };
}

export function axis(theme, more) {
  return {
    axisLine: { lineStyle: { color: theme.line } },
    axisTick: { lineStyle: { color: theme.line } },
    splitLine: { lineStyle: { color: theme.line } },
    nameTextStyle: { color: theme.muted },
    ...more,
    axisLabel: { color: theme.muted, hideOverlap: true, ...more?.axisLabel },
  };
}

/**
 * An axis of bytes from 0: its ticks are whole in binary units, where ECharts' own are
 * round numbers of bytes, 191 MiB and the like.
 */
export function byteAxis(theme, values, ticks, more) {
  let most = 0;

  for (const value of values)
    most = Math.max(most, value || 0);
  const unit = 1024 ** Math.max(0, Math.floor(Math.log(Math.max(most, 1)) / Math.log(1024)));
  const rough = Math.max(most, 1) / unit / ticks;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const factor = rough < 1 && unit === 1 ? 1
    : [1, 2, 2.5, 5, 10].find((of) => of * magnitude >= rough * 0.999) * magnitude;

  return axis(theme, { type: 'value', min: 0, interval: factor * unit,
    max: Math.ceil(most / unit / factor - 0.02) * factor * unit || factor * unit, ...more,
    axisLabel: { formatter: bytes, ...more?.axisLabel } });
}

export function tooltip(theme, more) {
  return {
    confine: true,
    transitionDuration: 0,
    backgroundColor: theme.panel,
    borderColor: theme.line,
    borderWidth: 1,
    padding: [8, 10],
    textStyle: { color: theme.text, fontSize: 12, fontFamily: theme.font },
    extraCssText: 'box-shadow: var(--shadow); border-radius: 6px; max-width: min(460px, 90vw); ' +
      'white-space: normal;',
    ...more,
  };
}

/** The content of a tooltip: a heading and rows of [colour, name, value] */
export function tip(heading, rows) {
  return h('div.tip', h('div.tip-head', heading),
    rows.map(([colour, name, text]) => h('div.tip-row',
      h('span.swatch', { style: { background: colour ?? 'transparent' } }),
      h('span.tip-name', name), h('span.tip-value', text))));
}

export function heatScale(theme, max, more) {
  return {
    type: 'continuous', min: 0, max: max || 1, calculable: false, show: false,
    inRange: { color: theme.heat }, ...more,
  };
}

const resizer = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const chart = target.chart;

    if (chart && !chart.isDisposed() && target.clientWidth > 0)
      target.resized?.();
  }
});

/** Drops the charts whose view has gone. */
export function sweep() {
  for (const host of charts) {
    if (host.isConnected)
      continue;
    resizer.unobserve(host);
    charts.delete(host);
    // What it still paints bit by bit has to end before the painter goes.
    host.chart.clear();
    setTimeout(() => host.chart.dispose(), 500);
  }
}

/** Draws all of them anew: the theme has changed. */
export function redraw() {
  sweep();
  for (const host of charts)
    host.draw();
}

/**
 * A chart in a host element that is connected already.
 * build(theme, width) gives the option; height, of the option's rows, in px or a
 * function of the width.
 */
export function mount(host, { build, height = 260, onclick, ondrawn }) {
  const tall = () => (typeof height === 'function' ? height(host.clientWidth) : height);

  host.style.height = `${tall()}px`;
  host.chart = echarts.init(host, null, { renderer: 'canvas' });
  host.draw = () => {
    const theme = colours();

    host.style.height = `${tall()}px`;
    host.chart.resize();
    host.chart.setOption({ ...frame(theme), ...build(theme, host.clientWidth) }, true);
    ondrawn?.(host.chart);
  };
  let width = host.clientWidth;
  host.resized = () => {
    if (host.clientWidth === width)
      return;
    width = host.clientWidth;
    host.draw();
  };
  if (onclick)
    host.chart.on('click', onclick);
  host.draw();
  charts.add(host);
  resizer.observe(host);
  return host.chart;
}

/**
 * Moves a cursor with the arrow keys over columns and rows of data: the tooltip shows
 * there and is read out.  Shift with left or right selects, Enter opens, Escape clears.
 *   point(column, row): what showTip takes, or null where nothing is drawn
 *   describe(column, row): what is read out there
 */
export function keys(host, { columns, rows = () => 1, point, describe, onenter, onselect, onclear }) {
  let column = 0, row = 0, anchor = null, shown = false;
  const cursor = h('div.cursor', { 'aria-hidden': 'true' });

  const show = () => {
    const at = point(column, row);

    shown = true;
    if (at)
      host.chart.dispatchAction({ type: 'showTip', ...at });
    else
      host.chart.dispatchAction({ type: 'hideTip' });
    if (rows() > 1)
      place();
    setTimeout(() => announce(describe?.(column, row) ??
      host.querySelector('.tip')?.textContent ?? ''), 50);
  };

  /** An outline on the cell, drawn or not */
  const place = () => {
    const at = (x, y) => host.chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [x, y]);
    const [x, y] = at(column, row);
    const width = Math.abs(at(1, 0)[0] - at(0, 0)[0]), height = Math.abs(at(0, 1)[1] - at(0, 0)[1]);

    host.append(cursor);
    Object.assign(cursor.style, { left: `${x - width / 2}px`, top: `${y - height / 2}px`,
      width: `${width}px`, height: `${height}px` });
  };

  host.tabIndex = 0;
  host.addEventListener('keydown', (event) => {
    const down = host.chart.getOption().yAxis[0].inverse ? 1 : -1;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -down], ArrowDown: [0, down],
      Home: [-columns(), 0], End: [columns(), 0] }[event.key];

    if (step) {
      if (event.shiftKey && anchor === null)
        anchor = column;
      else if (!event.shiftKey)
        anchor = null;
      if (shown) {
        column = Math.max(0, Math.min(columns() - 1, column + step[0]));
        row = Math.max(0, Math.min(rows() - 1, row + step[1]));
      }
      if (event.shiftKey && onselect)
        onselect(Math.min(anchor, column), Math.max(anchor, column));
      show();
    } else if (event.key === 'Enter' && onenter && shown) {
      onenter(column, row);
    } else if (event.key === 'Escape' && onclear) {
      onclear();
      host.chart.dispatchAction({ type: 'hideTip' });
      cursor.remove();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  host.addEventListener('blur', () => {
    host.chart.dispatchAction({ type: 'hideTip' });
    cursor.remove();
  });
}

/**
 * A card with a heading, a sentence, controls, and a button that shows the data of the
 * chart as a table.  Returns { card, host }; mount() the host once it is connected.
 */
export function chartCard({ title, note, controls, label, table, id }) {
  const host = h('div.chart', { role: 'group', 'aria-roledescription': 'chart',
    'aria-label': label ?? title, id });
  const body = h('div.card-body', host);
  let shown = null;
  const button = table && h('button.quiet', {
    type: 'button', 'aria-pressed': 'false', title: 'Show the data of this chart as a table',
    onclick() {
      if (shown) {
        shown.remove();
        shown = null;
      } else {
        shown = h('div.chart-table', table());
        body.append(shown);
      }
      button.setAttribute('aria-pressed', String(Boolean(shown)));
    },
  }, icon(icons.table), h('span', 'Data'));
  const card = h('section.card', { 'aria-label': title },
    h('header.card-head', h('div', h('h3', title), note && h('p.note', note)),
      append(h('div.controls'), [controls ?? [], button])),
    body);

  return { card, host };
}
