// SPDX-License-Identifier: GPL-2.0-or-later
//
// The flame graph of call stacks, by one of six measures.  d3-flame-graph draws it;
// here are the tree, the search, the keys, and the sites under the frame in hand.

import flamegraph from 'd3-flame-graph';
import { select } from 'd3-selection';
import { announce, choice, h } from '../dom.js';
import { bytes, count, exact, share } from '../format.js';
import { bytesColumn, countColumn, panel, siteColumn } from '../site.js';
import { table } from '../table.js';

export const measures = {
  live: ['Live', 'Bytes live at the end', (site) => site.live_bytes, bytes],
  peak: ['Peak', 'Bytes live when all live bytes were highest', (site) => site.at_peak_live_bytes, bytes],
  total: ['Total', 'Bytes allocated in all', (site) => site.alloc_bytes, bytes],
  calls: ['Calls', 'Allocations', (site) => site.allocs, count],
  temporary: ['Temporary', 'Bytes allocated and freed again', (site) => site.freed_bytes, bytes],
  waste: ['Waste', 'Bytes allocated that were not asked for', (site) => site.waste_bytes, bytes],
};

/** Below this share of the whole, what hangs on a frame is drawn as one. */
const least = 1 / 4000;

/**
 * Outermost frame first.  A node: name, value (of all below), sites that end in it,
 * children.  Frames with one name under one caller are one.
 */
export function tree(report, measure) {
  const [, , valueOf] = measures[measure];
  const root = { name: 'all', value: 0, children: [], byName: new Map(), sites: [] };
  const rest = report.document.rest;
  const restValue = rest?.sites ? valueOf(rest) || 0 : 0;

  for (const site of report.sites) {
    const value = valueOf(site);

    if (!(value > 0))
      continue;
    let node = root;

    node.value += value;
    for (const frame of report.stack(site).reverse()) {
      const name = report.frameName(frame);
      let child = node.byName.get(name);

      if (!child) {
        child = { name, module: frame.module ?? '', value: 0, children: [], byName: new Map(), sites: [] };
        node.byName.set(name, child);
        node.children.push(child);
      }
      child.value += value;
      node = child;
    }
    node.sites.push(site);
  }
  if (restValue > 0) {
    root.value += restValue;
    root.children.push({ name: `${count(rest.sites)} smaller sites`, module: '', value: restValue,
      children: [], sites: [], rest: true });
  }
  prune(root, root.value * least);
  return root;
}

function prune(node, limit) {
  const small = node.children.filter((child) => child.value < limit);

  if (small.length > 1) {
    node.children = node.children.filter((child) => child.value >= limit);
    node.children.push({
      name: `${count(small.length)} smaller frames`, module: '', rest: true, children: [],
      value: small.reduce((sum, child) => sum + child.value, 0),
      sites: small.flatMap((child) => sitesBelow(child)),
    });
  }
  node.children.sort((a, b) => b.value - a.value);
  for (const child of node.children)
    prune(child, limit);
}

export function sitesBelow(node) {
  return [...node.sites, ...node.children.flatMap((child) => sitesBelow(child))];
}

function hash(text) {
  let of = 2166136261;

  for (let i = 0; i < text.length; i++)
    of = Math.imul(of ^ text.charCodeAt(i), 16777619);
  return (of >>> 0) / 2 ** 32;
}

/** The kernel's own frames in one family of colours, modules in another */
function colour(node, dark) {
  if (node.rest)
    return dark ? '#3a414d' : '#d5dae2';
  const spread = hash(node.name);

  return node.module
    ? `hsl(${22 + spread * 22} ${dark ? 52 : 82}% ${dark ? 42 + spread * 6 : 68 + spread * 8}%)`
    : `hsl(${200 + spread * 26} ${dark ? 36 : 62}% ${dark ? 40 + spread * 8 : 70 + spread * 9}%)`;
}

const isDark = () => getComputedStyle(document.documentElement).colorScheme === 'dark';

export const flame = {
  id: 'flame', title: 'Flame graph',
  render(report, root) {
    let measure = 'live', graph = null, data = null, focus = null, terms = [];

    const host = h('div.flame', { tabindex: 0, role: 'tree',
      'aria-label': 'Flame graph: arrow keys walk the frames, Enter zooms, Escape goes back' });
    const hover = h('div.flame-hover', { 'aria-live': 'polite' });
    const found = h('span.counted', { role: 'status' });
    const below = h('div');
    const input = h('input', { type: 'search', placeholder: 'Search functions and modules',
      'aria-label': 'Search frames', dataset: { search: '' },
      oninput: () => {
        terms = input.value.toLowerCase().split(/\s+/).filter(Boolean);
        search();
      } });
    const back = h('button.quiet', { type: 'button', hidden: true, onclick: reset }, 'Whole graph');
    const heading = h('h3');
    const format = () => measures[measure][3];

    function describe(node) {
      const d = node.data ?? node;
      const value = d.value;

      return `${d.name}: ${format()(value)} (${exact(value)}), ${share(value / data.value)} of all`;
    }

    function search() {
      if (!graph)
        return;
      if (terms.length) {
        graph.search(terms.join(' '));
      } else {
        graph.clear();
        found.textContent = '';
      }
    }

    function listSites(node) {
      const d = node?.data ?? data;
      const sites = sitesBelow(d);

      back.hidden = !node || !node.parent;
      heading.textContent = node?.parent ? `Sites under ${d.name}` : 'All sites in the graph';
      below.replaceChildren(table({
        label: 'sites under the frame', rows: sites, limit: 12,
        sort: measure === 'calls' ? 'allocs' : 'value',
        matches: (site, words) => report.matches(site, words),
        onopen: (site) => panel.open(site.site),
        columns: [
          siteColumn(report),
          ...(measure === 'calls' ? [] : [bytesColumn('value', measures[measure][0],
            measures[measure][2], measures[measure][1])]),
          countColumn('allocs', 'Calls'), countColumn('live_objects', 'Live objects'),
        ],
      }));
    }

    function clicked(node) {
      focus = node;
      listSites(node);
      mark();
      const sites = node.data.sites;

      if (!node.children && sites.length === 1 && !node.data.rest)
        panel.open(sites[0].site);
    }

    function reset() {
      graph.resetZoom();
      clicked(select(host).datum());
    }

    /** The frame that the keys stand on gets an outline, and is read out. */
    function mark() {
      select(host).selectAll('g.frame').classed('focused', (d) => d === focus && d.parent);
      if (focus)
        hover.textContent = describe(focus);
    }

    function draw() {
      const dark = isDark();

      data = tree(report, measure);
      focus = null;
      host.replaceChildren();
      if (!(data.value > 0)) {
        host.append(h('p.empty', 'No site has any of that.'));
        below.replaceChildren();
        return;
      }
      graph = flamegraph()
        .width(host.clientWidth).cellHeight(20).transitionDuration(0).minFrameSize(1.5)
        .inverted(true).selfValue(false).resetHeightOnZoom(true)
        .sort((a, b) => b.data.value - a.data.value)
        .getName((d) => d.data.name)
        .setColorMapper((d) => (d.highlight ? (dark ? '#e254c4' : '#f08adb') : colour(d.data, dark)))
        .setLabelHandler(describe)
        .setDetailsHandler((text) => { hover.textContent = text ?? (focus ? describe(focus) : ''); })
        .setSearchMatch((d) => d.depth > 0 &&
          terms.every((word) => d.data.name.toLowerCase().includes(word)))
        .setSearchHandler((results, sum) => {
          found.textContent = `${exact(results.length)} frames, ${share(sum / data.value)} of all`;
        })
        .onClick(clicked);
      select(host).datum(data).call(graph);
      host.graph = graph;
      listSites(null);
      search();
      hover.textContent = `${measures[measure][1]}: ${format()(data.value)}`;
    }

    const moves = {
      ArrowDown: (node) => node.children?.reduce((a, b) => (b.value > a.value ? b : a)),
      ArrowUp: (node) => node.parent,
      ArrowRight: (node) => beside(node, 1),
      ArrowLeft: (node) => beside(node, -1),
    };

    function beside(node, step) {
      const all = [...(node.parent?.children ?? [])].sort((a, b) => a.x0 - b.x0);

      return all[all.indexOf(node) + step];
    }

    host.addEventListener('keydown', (event) => {
      if (!data?.value)
        return;
      focus ??= select(host).datum();
      if (moves[event.key]) {
        const next = moves[event.key](focus);

        if (next && (next.x1 > next.x0))
          focus = next;
        mark();
        announce(describe(focus));
      } else if (event.key === 'Enter' || event.key === ' ') {
        const at = focus;

        graph.zoomTo(at);
        focus = at;
      } else if (event.key === 'Escape') {
        reset();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    });

    root.append(h('section.card', h('header.card-head',
      h('div', h('h3', 'Flame graph'), h('p.note', 'Callers above, callees below, width by the ' +
        'measure chosen. A click zooms in and lists the sites below; a leaf opens its site.')),
      h('div.controls', choice('Measure', Object.entries(measures).map(([key, [text, title]]) =>
        [key, text, title]), measure, (value) => { measure = value; draw(); }))),
    h('div.card-body', h('div.table-tools', input, found, h('span.gap'), back),
      host, hover,
      h('div.legend', h('span.swatch.kernel'), 'kernel', h('span.swatch.module'), 'module',
        h('span.swatch.match'), 'found'))),
    h('section.card', h('header.card-head', h('div', heading)), h('div.card-body', below)));
    draw();

    let width = host.clientWidth;
    const observer = new ResizeObserver(() => {
      if (!host.isConnected)
        observer.disconnect();
      else if (host.clientWidth !== width && host.clientWidth > 0) {
        width = host.clientWidth;
        draw();
      }
    });
    observer.observe(host);
    this.redraw = draw;
  },
};
