// SPDX-License-Identifier: GPL-2.0-or-later
//
// Tables that sort by any column, filter, page, copy as tab-separated text, and are
// walked with the arrow keys.

import { announce, append, copyButton, h } from './dom.js';

const page = 50;

/** Missing values come last, whichever way it is sorted. */
function compare(a, b, direction) {
  const noA = a === null || a === undefined || Number.isNaN(a);
  const noB = b === null || b === undefined || Number.isNaN(b);

  if (noA || noB)
    return noA - noB;
  if (typeof a === 'string' || typeof b === 'string')
    return String(a).localeCompare(String(b)) * direction;
  return (a < b ? -1 : a > b ? 1 : 0) * direction;
}

/** One line of a cell: what would break a row of tab-separated text becomes a blank. */
const plain = (value) => String(value ?? '').replace(/[\t\r\n]+/g, ' ');

/**
 * columns: { key, title, help, number, value(row), cell(row), copy(row), first }
 *   value: sorted by and copied; cell: shown, an element or text (default: value)
 *   first: the order at the first click, 'up' or 'down' (numbers: down)
 * options: rows, sort: key, matches(row, words), onopen(row), label, isCurrent(row)
 * Returns an element with .update(rows) and .sortBy(key).
 */
export function table({ columns, rows, sort, matches, onopen, label, empty, limit = page,
  tools = [] }) {
  let by = columns.find((column) => column.key === sort) ?? null;
  let direction = by ? (by.first ?? (by.number ? 'down' : 'up')) === 'up' ? 1 : -1 : 0;
  let words = [], visible = limit, shown = [];

  const body = h('tbody');
  const heads = columns.map((column) => h('th', {
    scope: 'col', class: column.number ? 'number' : '', 'aria-sort': 'none',
    dataset: { key: column.key },
  }, h('button.sort', {
    type: 'button', title: column.help, onclick: () => sortBy(column.key),
  }, column.title)));
  const more = h('button.quiet', { type: 'button', onclick: () => { visible += 200; draw(); } });
  const counted = h('span.counted', { role: 'status' });
  const input = matches && h('input', {
    type: 'search', placeholder: 'Filter', 'aria-label': `Filter ${label}`,
    oninput: () => {
      words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      visible = limit;
      draw();
    },
  });
  const element = h('div.table',
    h('div.table-tools', input, tools, counted, h('span.gap'),
      copyButton('Copy', text)),
    h('div.scroll', { tabindex: -1 },
      h('table', { 'aria-label': label }, h('thead', h('tr', heads)), body)),
    h('div.table-more', more));

  function sortBy(key) {
    const column = columns.find((of) => of.key === key);

    if (by === column)
      direction = -direction;
    else
      direction = (column.first ?? (column.number ? 'down' : 'up')) === 'up' ? 1 : -1;
    by = column;
    draw();
    announce(`Sorted by ${column.title}, ${direction > 0 ? 'ascending' : 'descending'}`);
  }

  function text() {
    const lines = [columns.map((column) => plain(column.title)).join('\t')];

    for (const row of shown) {
      lines.push(columns.map((column) => plain(column.copy ? column.copy(row)
        : column.value(row))).join('\t'));
    }
    return `${lines.join('\n')}\n`;
  }

  function line(row, index) {
    const cells = columns.map((column) => append(
      h('td', { class: column.number ? 'number' : '' }),
      [column.cell ? column.cell(row) : plain(column.value(row))]));

    if (!onopen)
      return h('tr', cells);
    return h('tr.opens', {
      tabindex: index === 0 ? 0 : -1,
      onclick(event) {
        if (!event.target.closest('button, a, input') && !getSelection()?.toString())
          onopen(row);
      },
      onkeydown(event) {
        const next = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key];

        if (next) {
          const other = this[next];

          if (other) {
            this.tabIndex = -1;
            other.tabIndex = 0;
            other.focus();
          }
        } else if (event.key === 'Enter' && event.target === this) {
          onopen(row);
        } else {
          return;
        }
        event.preventDefault();
      },
    }, cells);
  }

  function draw() {
    shown = words.length ? rows.filter((row) => matches(row, words)) : [...rows];
    if (by)
      shown.sort((a, b) => compare(by.value(a), by.value(b), direction));
    heads.forEach((head, index) => head.setAttribute('aria-sort',
      columns[index] === by ? (direction > 0 ? 'ascending' : 'descending') : 'none'));
    body.replaceChildren(...shown.slice(0, visible).map(line));
    if (!shown.length) {
      body.append(h('tr', h('td.empty', { colspan: columns.length },
        words.length ? 'Nothing matches.' : empty ?? 'Nothing to show.')));
    }
    counted.textContent = words.length ? `${shown.length} of ${rows.length}` : `${rows.length}`;
    more.hidden = shown.length <= visible;
    more.textContent = `Show ${Math.min(200, shown.length - visible)} more of ${shown.length}`;
  }

  element.update = (next) => {
    rows = next;
    visible = limit;
    draw();
  };
  element.sortBy = sortBy;
  draw();
  return element;
}
