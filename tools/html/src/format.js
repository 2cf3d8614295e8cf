// SPDX-License-Identifier: GPL-2.0-or-later
//
// Numbers for people.  The exact ones stay in titles and in what is copied.

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const countUnits = ['', ' k', ' M', ' G', ' T'];

/** Three digits that count, no trailing noise: 1.23, 12.3, 123 */
function digits(value) {
  const size = Math.abs(value);

  if (size >= 100 || Number.isInteger(value))
    return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}

function scaled(value, base, units) {
  let at = 0;

  while (Math.abs(value) >= base && at < units.length - 1) {
    value /= base;
    at++;
  }
  // 1023.9 KiB rounds to 1024: that is the next unit's 1.00
  if (Math.abs(Number(digits(value))) >= base && at < units.length - 1) {
    value /= base;
    at++;
  }
  return digits(value) + (units[at].startsWith(' ') || !units[at] ? units[at] : ` ${units[at]}`);
}

export const known = (value) => typeof value === 'number' && !Number.isNaN(value);

export function bytes(value) {
  if (!known(value))
    return '–';
  return Number.isFinite(value) ? scaled(value, 1024, byteUnits) : '∞';
}

export function bytesPerSecond(value) {
  return known(value) ? `${bytes(value)}/s` : '–';
}

export function count(value) {
  if (!known(value))
    return '–';
  if (!Number.isFinite(value))
    return '∞';
  if (Math.abs(value) < 10000)
    return Number.isInteger(value) ? String(value) : digits(value);
  return scaled(value, 1000, countUnits);
}

/** Every digit, in groups of three */
export function exact(value) {
  if (!known(value))
    return '–';
  return Number.isInteger(value) ? value.toLocaleString('en-US') : String(value);
}

export function rate(value) {
  return known(value) ? `${count(value)}/s` : '–';
}

export function share(value) {
  if (!known(value))
    return '–';
  const percent = value * 100;

  if (percent !== 0 && Math.abs(percent) < 0.01)
    return '< 0.01 %';
  if (percent > 99.99 && percent < 100)
    return '> 99.99 %';
  return `${percent.toFixed(Math.abs(percent) < 1 ? 2 : Math.abs(percent) < 99.95 ? 1 : 0)} %`;
}

export function ratio(value) {
  if (!known(value))
    return '–';
  if (!Number.isFinite(value))
    return '∞';
  if (Math.abs(value) >= 10000)
    return count(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}

const times = [
  [1, 'ns'], [1e3, 'µs'], [1e6, 'ms'], [1e9, 's'], [60e9, 'min'], [3600e9, 'h'], [86400e9, 'd'],
];

export function time(ns) {
  if (!known(ns))
    return '–';
  if (!Number.isFinite(ns))
    return '∞';
  if (ns === 0)
    return '0';
  let at = 0;

  while (at < times.length - 1 && Math.abs(ns) >= times[at + 1][0] * (at >= 3 ? 2 : 1))
    at++;
  return `${digits(ns / times[at][0])} ${times[at][1]}`;
}

export const seconds = (value) => time(value * 1e9);

/** A moment of the recording, precise enough to tell two bins apart */
export function moment(ns, stepNs = 1e6) {
  if (!known(ns))
    return '–';
  const decimals = Math.min(6, Math.max(0, Math.ceil(9 - Math.log10(Math.max(stepNs, 1)))));

  return `${(ns / 1e9).toFixed(decimals)} s`;
}

export function chance(value) {
  if (!known(value))
    return '–';
  if (value === 0)
    return '0';
  if (value < 1e-12)
    return '< 10⁻¹²';
  if (value >= 0.001)
    return value.toPrecision(2);
  const [mantissa, exponent] = value.toExponential(0).split('e-');

  return `${mantissa === '1' ? '' : `${mantissa} · `}10⁻${[...exponent].map((d) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[d]).join('')}`;
}

/** For axes: no decimals where ticks are whole */
export const percent = (value) => `${Number((value * 100).toPrecision(3))} %`;

/** How each kind of number is shown, by the unit at the end of its key. */
export const byUnit = { bytes, count, rate, share, ratio, time, bytesPerSecond, seconds };
