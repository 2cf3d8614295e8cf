// SPDX-License-Identifier: GPL-2.0-or-later
//
// The page: loads the document, shows one view at a time by the address's hash
// (#leaks, #leaks/12 with the panel of site 12), and keeps theme and keys.

import { redraw, sweep } from './chart.js';
import { append, h } from './dom.js';
import { load } from './document.js';
import { moment } from './format.js';
import { makePanel } from './panel.js';
import * as range from './range.js';
import { panel } from './site.js';
import { behaviour } from './views/behaviour.js';
import { flame } from './views/flame.js';
import { fragmentation } from './views/fragmentation.js';
import { sizes, stacks } from './views/heatmap.js';
import { leaks } from './views/leaks.js';
import { lifetimes } from './views/lifetimes.js';
import { sites, summary } from './views/summary.js';
import { banner, tracing } from './views/tracing.js';
import { trends } from './views/trends.js';
// After the views, whose libraries bring styles of their own
import './style.css';

const views = [summary, leaks, sites, flame, trends, stacks, sizes, lifetimes, behaviour,
  fragmentation, tracing];

const themes = [['auto', 'Auto'], ['light', 'Light'], ['dark', 'Dark']];
const darkSystem = matchMedia('(prefers-color-scheme: dark)');
let report, view = null, main, links, sitePanel;

function remembered() {
  try {
    return localStorage.getItem('memscope-theme') ?? 'auto';
  } catch {
    return 'auto';
  }
}

function applyTheme(name) {
  const dark = name === 'dark' || (name === 'auto' && darkSystem.matches);

  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.documentElement.dataset.chosen = name;
  for (const button of document.querySelectorAll('.themes button'))
    button.setAttribute('aria-pressed', String(button.dataset.theme === name));
  redraw();
  view?.redraw?.();
}

function chooseTheme(name) {
  try {
    localStorage.setItem('memscope-theme', name);
  } catch {
    // A page that may not remember still changes.
  }
  applyTheme(name);
}

const hash = () => {
  const [name, site] = location.hash.slice(1).split('/');
  return { name, site: site === undefined ? null : Number(site) };
};

function showView(next) {
  if (view !== next) {
    if (view)
      view.redraw = undefined;
    view = next;
    main.replaceChildren(h('h2', view.title));
    sweep();
    view.render(report, main);
    window.scrollTo(0, 0);
    for (const link of links) {
      if (link.dataset.view === view.id)
        link.setAttribute('aria-current', 'page');
      else
        link.removeAttribute('aria-current');
    }
    document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    document.title = `${view.title} · ${report.document.file ?? 'memscope'}`;
  }
}

function route() {
  const { name, site } = hash();

  showView(views.find((of) => of.id === name) ?? views[0]);
  if (site !== null && report.site(site))
    sitePanel.show(report, site);
  else
    sitePanel.close();
}

const shortcuts = [
  ['1 … 9, 0', 'views, in the order they are listed'], ['/', 'search or filter this view'],
  ['t', 'light or dark'], ['Tab, Enter', 'walk and open'],
  ['Arrows', 'rows of tables, frames of the flame graph, the cursor of charts'],
  ['Shift with arrows', 'select time in a chart'], ['Escape', 'close, or clear the selection'],
  ['?', 'this list'],
];

function help() {
  const dialog = h('dialog.help', { 'aria-label': 'Keys' }, h('h2', 'Keys'),
    h('dl.about', shortcuts.map(([key, text]) => [h('dt', h('kbd', key)), h('dd', text)])),
    h('form', { method: 'dialog' }, h('button', 'Close')));

  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, textarea, dialog'))
    return;
  const index = '1234567890'.indexOf(event.key);

  if (index >= 0 && views[index]) {
    location.hash = views[index].id;
  } else if (event.key === '/') {
    main.querySelector('input[type=search]')?.focus();
  } else if (event.key === 't') {
    chooseTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
  } else if (event.key === '?') {
    help();
  } else if (event.key === 'Escape') {
    range.clear();
  } else {
    return;
  }
  event.preventDefault();
}

function rangeChip() {
  const chip = h('button.chip', { type: 'button', hidden: true, title: 'Clear the selected time',
    onclick: range.clear });
  const draw = () => {
    const selected = range.current();

    chip.hidden = !selected;
    if (selected)
      chip.textContent = `${moment(selected.from)} – ${moment(selected.to)} ✕`;
  };

  range.follow(chip, draw);
  return chip;
}

function shell() {
  links = views.map((of) => h('a', { href: `#${of.id}`, dataset: { view: of.id } }, of.title));
  main = h('main', { id: 'main', tabindex: -1 });
  const file = report.document.file ?? '';

  append(document.body, [
    h('a.skip', { href: '#main', onclick: (event) => { event.preventDefault(); main.focus(); } },
      'Skip to the content'),
    h('header.top',
      h('a.brand', { href: '#summary' }, h('span.mark', { 'aria-hidden': 'true' },
        h('i'), h('i'), h('i'), h('i')), 'memscope'),
      h('span.file', { title: file }, file.split('/').at(-1)),
      h('nav', { 'aria-label': 'Views' }, links),
      rangeChip(),
      h('div.themes', { role: 'group', 'aria-label': 'Theme' }, themes.map(([name, text]) =>
        h('button', { type: 'button', dataset: { theme: name }, onclick: () => chooseTheme(name) }, text)),
      h('button', { type: 'button', title: 'Keys', 'aria-label': 'Keys', onclick: help }, '?'))),
    h('div.page', banner(report), main),
  ]);
}

function start() {
  try {
    report = load();
  } catch (error) {
    append(document.body, [h('p.fatal', `The report's document cannot be read: ${error.message}`)]);
    throw error;
  }
  sitePanel = makePanel(() => {
    const { name, site } = hash();

    if (site !== null)
      history.replaceState(null, '', `#${name}`);
  });
  panel.open = (id) => {
    location.hash = `${view.id}/${id}`;
  };
  shell();
  applyTheme(remembered());
  darkSystem.addEventListener('change', () => applyTheme(remembered()));
  addEventListener('hashchange', route);
  addEventListener('keydown', onKey);
  route();
  // When all of the first view is there and takes input: read by the tests.
  document.documentElement.dataset.readyMs = performance.now().toFixed(0);
}

start();
