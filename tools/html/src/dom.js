// SPDX-License-Identifier: GPL-2.0-or-later
//
// Elements from code.  Every string becomes a text node or an attribute, never markup:
// names of tasks, caches and modules come from the kernel and are only data.

/**
 * h('button.primary', { onclick: fn, title: 'Copy' }, 'Copy', icon)
 *
 * Properties that start with "on" are listeners; `dataset` and `style` take objects;
 * null, undefined and false leave a property or child out.
 */
export function h(what, properties, ...children) {
  const [tag, ...classes] = what.split('.');
  const element = document.createElement(tag || 'div');

  if (classes.length)
    element.className = classes.join(' ');
  if (properties && (properties instanceof Node || typeof properties !== 'object' ||
                     Array.isArray(properties))) {
    children.unshift(properties);
    properties = null;
  }
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false)
      continue;
    if (name.startsWith('on'))
      element.addEventListener(name.slice(2), value);
    else if (name === 'dataset' || name === 'style')
      Object.assign(element[name], value);
    else if (name === 'class')
      element.classList.add(...String(value).split(' ').filter(Boolean));
    else
      element.setAttribute(name, value === true ? '' : value);
  }
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false)
      continue;
    element.append(child);
  }
  return element;
}

/** One of the page's own drawings; `d` is never data. */
export function icon(d) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  const path = document.createElementNS(ns, 'path');

  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', d);
  svg.append(path);
  return svg;
}

export const icons = {
  copy: 'M5 5V2.5h8.5V11H11M2.5 5H11v8.5H2.5z',
  table: 'M2 3h12v10H2zM2 6.5h12M2 10h12M6.5 3v10',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  check: 'M3 8.5l3.5 3.5L13 4.5',
};

let status = null;

/** Say something to those who cannot see it. */
export function announce(text) {
  status ??= document.getElementById('status');
  if (status)
    status.textContent = text;
}

/** Put text on the clipboard; the older way where a page may not use the newer one. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h('textarea', { 'aria-hidden': 'true', class: 'offscreen' });

    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/** A button that copies what text() gives, and says so. */
export function copyButton(label, text) {
  const name = h('span', label);
  const button = h('button.quiet', {
    type: 'button',
    async onclick() {
      const done = await copy(text());

      name.textContent = done ? 'Copied' : 'Not allowed';
      announce(done ? 'Copied' : 'The browser does not allow copying');
      setTimeout(() => { name.textContent = label; }, 1500);
    },
  }, icon(icons.copy), name);
  return button;
}

/** One of several: a group of buttons of which one is pressed. */
export function choice(label, options, current, onchange) {
  const buttons = options.map(([value, text, title]) => h('button', {
    type: 'button', title, dataset: { value },
    'aria-pressed': String(value === current),
    onclick() {
      for (const button of buttons)
        button.setAttribute('aria-pressed', String(button.dataset.value === String(value)));
      onchange(value);
    },
  }, text));

  return h('div.choice', { role: 'group', 'aria-label': label }, buttons);
}
