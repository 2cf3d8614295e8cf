// SPDX-License-Identifier: GPL-2.0-or-later
//
// How sites behave, four tables of which one is shown: patterns in time, sharing
// between CPUs and tasks, reuse of addresses, and impact with what it is made of.

import { axis, chartCard, mount, tip, tooltip } from '../chart.js';
import { choice, h } from '../dom.js';
import * as figure from '../figure.js';
import { share } from '../format.js';
import { badge, countColumn, panel, siteColumn } from '../site.js';
import { table } from '../table.js';
import { figureColumn } from './lifetimes.js';

const patternKinds = { Constant: 'good', Regular: 'info', Burst: 'warn', Sporadic: 'none' };

function siteTable(report, part, label, sort, columns) {
  return table({
    label, sort, rows: report.sites.filter((site) => site[part]),
    empty: `This report was made without the ${label} analysis.`,
    matches: (site, words) => report.matches(site, words),
    onopen: (site) => panel.open(site.site),
    columns: [siteColumn(report), ...columns],
  });
}

const word = (key, title, of, kinds) => ({
  key, title, value: of,
  cell: (site) => (of(site) ? badge(kinds[of(site)] ?? 'none', of(site)) : '–'),
});

const tables = {
  patterns: ['Patterns', 'When a site allocates. Burstiness A runs from −1 (a clock) to 1; Constant: ' +
    'A below −0.5 at a steady rate. Sporadic: too few calls to tell.',
  (report) => siteTable(report, 'pattern', 'patterns', 'allocs', [
    word('pattern', 'Pattern', (site) => site.pattern.pattern, patternKinds),
    countColumn('allocs', 'Calls'),
    figureColumn('per_second', 'Rate', 'rate', (site) => site.pattern.allocs_per_second),
    figureColumn('gap_ns', 'Mean gap', 'time', (site) => site.pattern.gap_mean_ns),
    figureColumn('burstiness', 'Burstiness', 'ratio', (site) => site.pattern.burstiness),
    figureColumn('fano', 'Fano', 'ratio', (site) => site.pattern.fano_factors?.at(-1)?.fano_factor,
      'Variance of counts over their mean, in the widest window'),
    figureColumn('period_ns', 'Period', 'time', (site) => site.pattern.period_ns),
    countColumn('bursts', 'Bursts', (site) => site.pattern.bursts_found),
    { key: 'steady', title: 'Steady', value: (site) => (site.pattern.steady_rate ? 'yes' : 'no') },
  ])],
  sharing: ['Sharing', 'Where objects are freed, as shares of a site’s frees.',
    (report) => siteTable(report, 'sharing', 'sharing', 'other_cpu', [
      countColumn('frees', 'Frees', (site) => site.sharing.frees),
      figureColumn('other_cpu', 'Other CPU', 'share', (site) => site.sharing.other_cpu_share),
      figureColumn('other_node', 'Other node', 'share', (site) => site.sharing.other_node_share),
      figureColumn('other_task', 'Other task', 'share', (site) => site.sharing.other_task_share),
      figureColumn('other_context', 'Other context', 'share', (site) => site.sharing.other_context_share),
      figureColumn('softirq', 'In softirq', 'share', (site) => site.sharing.freed_in_context_share?.softirq),
      figureColumn('deferred', 'kfree_rcu', 'share', (site) => site.sharing.deferred_share),
    ])],
  reuse: ['Address reuse', 'Which addresses a site’s allocations get. It says nothing of how the memory ' +
    'is read or written: slab events do not see that.',
  (report) => siteTable(report, 'pattern', 'address reuse', 'cached', [
    word('reuse', 'Reuse', (site) => site.pattern.address_reuse,
      { Sequential: 'good', Hotspot: 'warn', Cached: 'info', Random: 'none' }),
    figureColumn('sequential', 'Sequential', 'share', (site) => site.pattern.sequential_share,
      'Steps to the next object'),
    figureColumn('cached', 'Cached', 'share', (site) => site.pattern.cached_share,
      'Addresses that this site freed shortly before on that CPU'),
    figureColumn('addresses', 'Addresses', 'count', (site) => site.pattern.addresses),
    figureColumn('gini', 'Gini', 'ratio', (site) => site.pattern.address_gini, 'How unequally they are used'),
    figureColumn('top_decile', 'Top tenth', 'share', (site) => site.pattern.top_decile_share),
  ])],
  impact: ['Impact', 'A site’s share of what the allocator costs, 0 to 100: the weighted mean of its ' +
    'shares of the parts beside it.',
  (report) => siteTable(report, 'sharing', 'impact', 'impact', [
    figureColumn('impact', 'Impact', 'ratio', (site) => site.sharing.impact),
    ...impactParts(report).map((part) => figureColumn(part, partName(part), 'share',
      (site) => site.sharing.impact_parts[part]?.share, `Weight ${weight(report, part)}`)),
  ])],
};

export const partName = (part) => {
  const text = part.replaceAll('_', ' ');
  return text[0].toUpperCase() + text.slice(1);
};

export function impactParts(report) {
  const site = report.sites.find((of) => of.sharing?.impact_parts);

  return site ? Object.keys(site.sharing.impact_parts) : [];
}

const weight = (report, part) =>
  share(report.sites.find((site) => site.sharing?.impact_parts).sharing.impact_parts[part].weight);

/** The heaviest sites, each bar made of the parts of its impact */
function impactChart(report) {
  const parts = impactParts(report);
  const top = report.sites.filter((site) => site.sharing?.impact_parts)
    .sort((a, b) => figure.value(b.sharing.impact) - figure.value(a.sharing.impact)).slice(0, 12);

  if (!parts.length || !top.length)
    return null;
  const name = (site, index) => `${index + 1}. ${report.label(site)}`;
  const points = (site, part) => {
    const of = site.sharing.impact_parts[part];
    return 100 * (figure.value(of.share) || 0) * (of.weight || 0);
  };
  const { card, host } = chartCard({
    title: 'Impact and its parts', id: 'impact-chart',
    note: 'The twelve sites that cost most; a click opens one',
    label: 'Impact of the heaviest sites, by part',
  });

  card.draw = () => mount(host, {
    height: (width) => top.length * 24 + (width < 640 ? 120 : 62),
    onclick: ({ componentType, value, dataIndex }) => panel.open(componentType === 'yAxis'
      ? top[top.findIndex((site, index) => name(site, index) === value)].site : top[dataIndex].site),
    build: (theme, width) => ({
      legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 10, textStyle: { color: theme.text } },
      grid: { left: width < 640 ? 130 : 320, right: 24, top: width < 640 ? 90 : 30, bottom: 24 },
      tooltip: tooltip(theme, { trigger: 'axis', axisPointer: { type: 'shadow',
        shadowStyle: { opacity: 0.15 } },
      formatter([first]) {
        const site = top[first.dataIndex];

        return tip(`${report.label(site)}: ${figure.value(site.sharing.impact).toFixed(1)}`,
          parts.map((part, index) => [theme.series[index], partName(part),
            `${points(site, part).toFixed(2)} (${share(figure.value(site.sharing.impact_parts[part].share))})`]));
      } }),
      xAxis: axis(theme, { type: 'value' }),
      yAxis: axis(theme, { type: 'category', inverse: true, triggerEvent: true, data: top.map(name),
        axisTick: { show: false }, axisLabel: { width: width < 640 ? 120 : 308, overflow: 'truncate',
          interval: 0, fontFamily: theme.mono, fontSize: 11, color: theme.text } }),
      series: parts.map((part, index) => ({ type: 'bar', name: partName(part), stack: 'impact',
        barMaxWidth: 16, color: theme.series[index], data: top.map((site) => points(site, part)) })),
    }),
  });
  return card;
}

export const behaviour = {
  id: 'behaviour', title: 'Behaviour',
  render(report, root) {
    const body = h('div.card-body'), title = h('h3'), note = h('p.note'), chartPlace = h('div');

    const show = (key) => {
      const [name, sentence, make] = tables[key];

      title.textContent = name;
      note.textContent = sentence;
      body.replaceChildren(make(report));
      chartPlace.replaceChildren();
      const chart = key === 'impact' && impactChart(report);

      if (chart) {
        chartPlace.append(chart);
        chart.draw();
      }
    };
    root.append(chartPlace, h('section.card', h('header.card-head', h('div', title, note),
      h('div.controls', choice('Table', Object.entries(tables).map(([key, [text]]) => [key, text]),
        'patterns', show))), body));
    show('patterns');
  },
};
