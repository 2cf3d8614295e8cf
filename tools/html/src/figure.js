// SPDX-License-Identifier: GPL-2.0-or-later
//
// Figures: a value, how good it is, its interval.  What was not measured is not shown
// as a number: it says why there is none.

import { h } from './dom.js';
import { byUnit, exact, known } from './format.js';

export const isFigure = (figure) => figure !== null && typeof figure === 'object' &&
  'quality' in figure;

/** The number in it, or NaN.  Beyond all that was seen: Infinity. */
export function value(figure) {
  if (!isFigure(figure))
    return known(figure) ? figure : NaN;
  if (figure.quality === 'insufficient data')
    return NaN;
  return figure.value === null || figure.value === undefined ? Infinity : figure.value;
}

const end = (figure, which) => {
  const at = figure[which];

  if (at === undefined)
    return value(figure);
  return at === null ? Infinity : at;
};

export const low = (figure) => (isFigure(figure) ? end(figure, 'low') : value(figure));
export const high = (figure) => (isFigure(figure) ? end(figure, 'high') : value(figure));

/** A sentence for a title: quality, interval, how many it rests on. */
export function explain(figure, unit = 'ratio') {
  const format = byUnit[unit];

  if (!isFigure(figure))
    return known(figure) ? exact(figure) : '';
  const parts = [];

  if (figure.quality === 'insufficient data')
    parts.push(`Insufficient data${figure.why ? `: ${figure.why}` : ''}`);
  else if (!Number.isFinite(value(figure)))
    parts.push(`${figure.quality}: beyond all that was seen`);
  else
    parts.push(`${exact(figure.value)}, ${figure.quality}`);
  if (figure.quality !== 'insufficient data' && low(figure) !== high(figure))
    parts.push(`95 % interval ${format(low(figure))} to ${format(high(figure))}`);
  if (figure.n !== undefined)
    parts.push(`rests on ${exact(figure.n)}`);
  if (figure.weakened)
    parts.push('events were lost that may have changed it');
  return parts.join('; ');
}

/** The figure as an element; `wide` puts the interval beside it. */
export function show(figure, unit = 'ratio', wide = false) {
  const format = byUnit[unit];
  const number = value(figure);

  if (figure === undefined || figure === null)
    return h('span.figure.missing', '–');
  if (Number.isNaN(number))
    return h('span.figure.missing', { title: explain(figure, unit), tabindex: wide ? 0 : null },
      wide && figure.why ? `insufficient data: ${figure.why}` : 'n/a');
  const interval = wide && isFigure(figure) && low(figure) !== high(figure) &&
    h('span.interval', ` ${format(low(figure))} – ${format(high(figure))}`);

  return h('span.figure', { title: explain(figure, unit) },
    Number.isFinite(number) ? format(number) : '> seen',
    isFigure(figure) && figure.weakened && h('span.weakened', { title: 'weakened by lost events' },
      ' ≈'),
    interval);
}
