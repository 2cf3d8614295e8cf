// SPDX-License-Identifier: GPL-2.0-or-later
//
// The stretch of time that is selected, shared by all views; ns since the start.

let range = null;
let zoomed = false;
const listeners = new Set();

export const current = () => range;
export const isZoomed = () => zoomed && range !== null;

function tell() {
  for (const listener of [...listeners])
    listener(range);
}

export function select(from, to) {
  const next = from === null ? null : { from: Math.min(from, to), to: Math.max(from, to) };

  if (next && range && next.from === range.from && next.to === range.to)
    return;
  range = next;
  if (!range)
    zoomed = false;
  tell();
}

export function clear() {
  if (range)
    select(null);
}

export function zoom(on) {
  if (zoomed === on)
    return;
  zoomed = on;
  tell();
}

/** Calls listener at every change, until the view that gave it is gone. */
export function follow(element, listener) {
  const wrapped = (selected) => {
    if (element.isConnected)
      listener(selected);
    else
      listeners.delete(wrapped);
  };
  listeners.add(wrapped);
}
