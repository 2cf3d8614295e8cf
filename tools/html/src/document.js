// SPDX-License-Identifier: GPL-2.0-or-later
//
// The report document (docs/report.schema.json) that was written into the page, and
// what the views ask of it.  Times here count from the recording's start, in ns.

import { value } from './figure.js';

const list = (of) => (Array.isArray(of) ? of : []);

/** A frame without a symbol goes by its address */
const named = (frame) => (frame.function ? frame
  : { ...frame, function: frame.address ?? frame.call_site ?? '(unknown)' });

export class Report {
  constructor(document) {
    this.document = document;
    this.recording = document.recording ?? {};
    this.totals = document.totals ?? {};
    this.losses = document.losses ?? {};
    this.frames = list(document.frames);
    this.sites = list(document.sites);
    this.caches = list(document.caches);
    this.startNs = this.totals.first_ns ?? 0;
    this.durationNs = document.span_ns ?? 0;
    this.bySite = new Map(this.sites.map((site) => [site.site, site]));
    this.join('leak', document.leaks);
    this.join('lifetime', document.lifetimes);
    this.join('pattern', document.patterns);
    this.join('sharing', document.sharing);
    this.join('pinning', document.fragmentation?.pinning?.sites);
    this.join('survival', document.survival);
    this.labels = new Map();
  }

  /** Rows of a list as a member of the sites they are of */
  join(member, rows) {
    for (const row of list(rows)) {
      const site = this.bySite.get(row.site);

      if (site)
        site[member] = row;
    }
  }

  /** From CLOCK_MONOTONIC to a time since the first event */
  since(ns) {
    return ns - this.startNs;
  }

  /** Events that are not there: buffers were full, or the kernel skipped a probe */
  lost() {
    const lost = (this.losses.lost_events ?? 0) + (this.losses.missed_events ?? 0);

    return { events: lost, share: lost ? lost / (lost + (this.losses.read_events ?? 0)) : 0 };
  }

  site(id) {
    return this.bySite.get(id);
  }

  frame(index) {
    return named(this.frames[index] ?? {});
  }

  cacheName(site) {
    return site.cache ?? '';
  }

  /** Innermost first; where no stack was taken, the call site alone */
  stack(site) {
    const frames = list(site.frames);

    return frames.length ? frames.map((index) => this.frame(index)) : [named(site)];
  }

  frameName(frame) {
    return frame.module ? `${frame.function} [${frame.module}]` : frame.function;
  }

  /** "mm/slub.c:123", "" where it is not known */
  place(frame) {
    return frame.file ? `${frame.file}${frame.line ? `:${frame.line}` : ''}` : '';
  }

  /** Functions inlined at a frame, innermost first, then the frame */
  frameLines(frame) {
    const offset = frame.offset ? `+0x${frame.offset.toString(16)}` : '';
    const inlined = list(frame.inlined).map((of) => `${of.function ?? '?'} (inlined) ${this.place(of)}`);

    return [...inlined, `${frame.function}${offset}${frame.module ? ` [${frame.module}]` : ''} ` +
      this.place(frame)].map((line) => line.trimEnd());
  }

  /** "function ← caller": what tells a site apart at a glance */
  label(site) {
    let label = this.labels.get(site.site);

    if (label === undefined) {
      label = this.stack(site).slice(0, 3).map((frame) => frame.function).join(' ← ');
      this.labels.set(site.site, label);
    }
    return label;
  }

  stackText(site) {
    return this.stack(site).flatMap((frame) => this.frameLines(frame)).join('\n');
  }

  /** What a search looks in */
  matches(site, words) {
    this.texts ??= new Map();
    let text = this.texts.get(site.site);

    if (text === undefined) {
      text = `${this.stackText(site)}\n${this.cacheName(site)}`.toLowerCase();
      this.texts.set(site.site, text);
    }
    return words.every((word) => text.includes(word));
  }

  /** Columns of the timeline, and where its bins are since the first event */
  bins() {
    const timeline = this.document.timeline;
    const rows = list(timeline?.bins);

    if (!rows.length)
      return null;
    this.timeline ??= {
      start: this.since(timeline.start_ns), width: timeline.bin_ns, count: rows.length,
      ...Object.fromEntries(Object.keys(rows[0]).map((key) => [key, rows.map((row) => row[key])])),
    };
    return this.timeline;
  }

  /** CPUs whose load over time is known */
  cpus() {
    return list(this.document.load?.cpus).filter((cpu) => list(cpu.busy_share)
      .some((busy) => busy !== null));
  }

  /** Samples of the machine's memory, one column each, by bins of the timeline */
  machine() {
    const bins = this.bins();
    const rows = list(this.document.load?.machine);

    if (!bins || !rows.length)
      return null;
    const columns = {};

    for (const key of Object.keys(rows[0]))
      columns[key] = new Array(bins.count).fill(null);
    for (const row of rows) {
      const bin = Math.max(0, Math.min(bins.count - 1,
        Math.floor((this.since(row.time_ns) - bins.start) / bins.width)));

      for (const [key, of] of Object.entries(row))
        columns[key][bin] = of;
    }
    return columns;
  }

  /** Sites with a leak verdict worth telling, the worst first */
  findings() {
    const order = ['leak', 'suspect', 'growing'];

    return this.sites
      .filter((site) => order.includes(site.leak?.verdict))
      .sort((a, b) => order.indexOf(a.leak.verdict) - order.indexOf(b.leak.verdict) ||
        (value(b.leak.bytes_per_second) || 0) - (value(a.leak.bytes_per_second) || 0));
  }
}

export function load() {
  const element = document.getElementById('memscope-document');

  return new Report(JSON.parse(element.textContent));
}
