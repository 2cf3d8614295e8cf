// SPDX-License-Identifier: GPL-2.0-or-later
//
// A report document as memscopectl writes one, of the class of ten million events:
// made from a seed, with sums that agree, and with every kind of finding in it.
//
//	node generate.mjs [EVENTS] > document.json

import { pathToFileURL } from 'node:url';

function random(seed) {
  let state = seed >>> 0;

  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);

    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Stacks, outermost first: entries lead to layers lead to leaves. */
const entries = [
  ['entry_SYSCALL_64_after_hwframe', 'do_syscall_64', '__x64_sys_openat', 'do_sys_openat2'],
  ['entry_SYSCALL_64_after_hwframe', 'do_syscall_64', '__x64_sys_read', 'ksys_read', 'vfs_read'],
  ['entry_SYSCALL_64_after_hwframe', 'do_syscall_64', '__x64_sys_write', 'ksys_write', 'vfs_write'],
  ['entry_SYSCALL_64_after_hwframe', 'do_syscall_64', '__x64_sys_sendto', '__sys_sendto', 'sock_sendmsg'],
  ['entry_SYSCALL_64_after_hwframe', 'do_syscall_64', '__x64_sys_clone', 'kernel_clone', 'copy_process'],
  ['entry_SYSCALL_64_after_hwframe', 'do_syscall_64', '__x64_sys_execve', 'do_execveat_common.isra.0'],
  ['entry_SYSCALL_64_after_hwframe', 'do_syscall_64', '__x64_sys_mmap', 'vm_mmap_pgoff', 'do_mmap'],
  ['entry_SYSCALL_64_after_hwframe', 'do_syscall_64', '__x64_sys_getdents64', 'iterate_dir'],
  ['asm_exc_page_fault', 'exc_page_fault', 'do_user_addr_fault', 'handle_mm_fault'],
  ['ret_from_fork', 'kthread', 'worker_thread', 'process_one_work'],
  ['asm_common_interrupt', 'common_interrupt', '__irq_exit_rcu', '__do_softirq', 'net_rx_action'],
];
const layers = [
  ['path_openat', 'do_last', 'lookup_open'], ['do_filp_open', 'path_openat'],
  ['ext4_file_write_iter [ext4]', 'ext4_buffered_write_iter [ext4]'], ['ext4_readdir [ext4]', 'ext4_htree_fill_tree [ext4]'],
  ['tcp_sendmsg', 'tcp_sendmsg_locked'], ['unix_dgram_sendmsg', 'sock_alloc_send_pskb'],
  ['dup_mm', 'dup_mmap'], ['begin_new_exec', 'exec_mmap'], ['mmap_region', 'vma_merge'],
  ['jbd2__journal_start [jbd2]', 'start_this_handle [jbd2]'], ['nvme_queue_rq [nvme]', 'nvme_setup_cmd [nvme_core]'],
  ['seq_read_iter', 'proc_pid_status'], ['kernfs_iop_lookup', 'd_alloc_parallel'],
  ['virtnet_poll [virtio_net]', 'receive_buf [virtio_net]'], ['nf_conntrack_in [nf_conntrack]', 'resolve_normal_ct [nf_conntrack]'],
  ['security_inode_alloc', 'apparmor_task_alloc'], ['alloc_pipe_info'], ['ksys_mmap_pgoff', '__mmap_region'],
];
const leaves = [
  ['getname_flags', 'names_cache', 4096, 4096], ['alloc_empty_file', 'filp', 232, 256],
  ['d_alloc', 'dentry', 192, 192], ['ext4_alloc_inode [ext4]', 'ext4_inode_cache', 1184, 1184],
  ['alloc_buffer_head', 'buffer_head', 104, 104], ['__alloc_skb', 'skbuff_head_cache', 232, 256],
  ['kmalloc_reserve', 'kmalloc-1k', 704, 1024], ['vm_area_dup', 'vm_area_struct', 200, 200],
  ['anon_vma_clone', 'anon_vma_chain', 64, 64], ['dup_task_struct', 'task_struct', 7104, 7104],
  ['prepare_creds', 'cred', 176, 192], ['seq_open', 'kmalloc-128', 120, 128], ['kstrdup', 'kmalloc-32', 17, 32],
  ['single_open', 'kmalloc-32', 32, 32], ['radix_tree_node_alloc', 'radix_tree_node', 576, 576],
  ['jbd2_journal_add_journal_head [jbd2]', 'jbd2_journal_head', 120, 120], ['kernfs_fop_open', 'kmalloc-256', 200, 256],
  ['__nf_conntrack_alloc [nf_conntrack]', 'nf_conntrack', 248, 256], ['mempool_alloc_slab', 'biovec-max', 4096, 4096],
  ['alloc_inode', 'sock_inode_cache', 832, 832], ['inet_csk_clone_lock', 'TCP', 2240, 2240],
  ['load_elf_phdrs', 'kmalloc-1k', 728, 1024], ['memdup_user', 'kmalloc-64', 40, 64], ['security_sk_alloc', 'kmalloc-16', 16, 16],
];
const classes = [8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192, 16384, 65536];
const lifetimeClasses = Array.from({ length: 36 }, (_, n) => 1000 * 2 ** n);

const measured = (value, n) => ({ value, quality: 'measured', n });
const insufficient = (why, n) => ({ value: null, quality: 'insufficient data', why, n });
const estimated = (value, spread, n) => ({ value, low: value * (1 - spread), high: value * (1 + spread),
  quality: 'estimated', n });
const round = (value, digits = 4) => Number(value.toPrecision(digits));

function frameTable() {
  const rows = [], index = new Map();

  return {
    rows,
    of(name) {
      if (!index.has(name)) {
        const [, text, module] = name.match(/^(\S+)(?: \[(.*)\])?$/);

        index.set(name, rows.length);
        rows.push({ address: `0xffffffff8${(0x1000000 + rows.length * 0x940).toString(16)}`, function: text,
          offset: 16 + (rows.length * 37) % 900, module: module ?? '',
          ...(rows.length % 5 === 0 ? { file: `mm/${text.slice(0, 8)}.c`, line: 100 + rows.length } : {}),
          ...(rows.length % 15 === 0 ? { inlined: [{ function: 'kmalloc', file: 'include/linux/slab.h', line: 575 }] } : {}) });
      }
      return index.get(name);
    },
  };
}

/** Survival of an exponential mixture, as steps with an interval that widens */
function survival(rand, mean) {
  const curve = { time_ns: [], survival: [], low: [], high: [] };
  let s = 1;

  for (let step = 0; step < 48; step++) {
    const ns = Math.round(mean * 2 ** ((step - 34) / 4));

    s = Math.min(s, 0.92 * Math.exp(-ns / mean) + 0.08 * Math.exp(-ns / (mean * 8)));
    const width = 0.01 + 0.03 * rand() + 0.002 * step * s;

    curve.time_ns.push(ns);
    curve.survival.push(round(s));
    curve.low.push(round(Math.max(0, s - width)));
    curve.high.push(round(Math.min(1, s + width)));
  }
  return curve;
}

/** Rows of one site in the lists of lifetimes, patterns, sharing and survival */
function analyses(rand, site, context) {
  const { spanNs, firstNs } = context;
  const few = site.allocs < 21;
  const mean = 10 ** (3 + 6 * rand());
  const pattern = few ? 'Sporadic' : ['Constant', 'Regular', 'Burst', 'Burst', 'Regular'][Math.floor(rand() * 5)];
  const tooFew = (n) => insufficient('too few were seen', n);
  const other = rand() ** 3;
  const shareOf = (hits) => {
    const value = round(hits, 4);
    const half = Math.min(0.2, 1 / Math.sqrt(site.frees + 1));

    return site.frees ? { value, low: round(Math.max(0, value - half)), high: round(Math.min(1, value + half)),
      quality: 'measured', n: site.frees } : tooFew(0);
  };

  site.otherCpuFrees = Math.round(site.frees * other);
  context.lifetimes.push({
    site: site.site, ended_objects: site.frees,
    lifetime_p50_ns: site.frees > 10 ? estimated(Math.round(mean * 0.7), 0.05, site.frees) : tooFew(site.frees),
    lifetime_p90_ns: site.frees > 50 ? estimated(Math.round(mean * 2.4), 0.1, site.frees) : tooFew(site.frees),
    lifetime_p99_ns: site.frees > 500 ? { ...estimated(Math.round(mean * 6), 0.2, site.frees), high: null, weakened: true }
      : insufficient('too many objects were still live at the end', site.frees),
    lifetime_mean_of_ended_ns: site.frees ? measured(Math.round(mean), site.frees) : tooFew(0),
    expected_live_objects: site.frees > 30 ? estimated(round(site.live_objects * 0.8 + 1), 0.3, site.frees) : tooFew(site.frees),
    mean_live_objects: measured(round(site.live_objects * 0.9), site.allocs),
    excess_live_objects: site.frees > 30 ? measured(round(site.live_objects * 0.2), site.frees) : tooFew(site.frees),
    excess_is_lasting: site.live_objects > 5000,
  });
  if (site.frees > 20 && context.survival.length < 200)
    context.survival.push({ site: site.site, ...survival(rand, mean) });
  context.patterns.push({
    site: site.site, pattern, steady_rate: pattern === 'Constant' || rand() < 0.4,
    allocs_per_second: measured(round(site.allocs / (spanNs / 1e9)), site.allocs),
    active_share: measured(round(rand()), site.allocs),
    gap_mean_ns: site.allocs > 1 ? measured(Math.round(spanNs / site.allocs), site.allocs - 1) : tooFew(0),
    gap_variation: few ? tooFew(site.allocs) : measured(round(rand() * 3), site.allocs - 1),
    burstiness: few ? tooFew(site.allocs)
      : measured(round({ Constant: -0.8, Regular: 0, Burst: 0.5 }[pattern] + rand() * 0.2), site.allocs - 1),
    fano_factors: [1e6, 1e7, 1e8, 1e9].map((ns) => ({ window_ns: ns, fano_factor: few ? tooFew(site.allocs)
      : measured(round(pattern === 'Burst' ? 4 + 60 * rand() : 0.3 + rand()), Math.round(spanNs / ns)) })),
    period_ns: pattern === 'Constant' ? estimated(Math.round(spanNs / site.allocs), 0.01, 256)
      : insufficient('arrivals are not near periodic', site.allocs),
    bursts_found: pattern === 'Burst' ? 3 + Math.floor(rand() * 40) : 0, burst_resolution_ns: 0,
    bursts: pattern === 'Burst' ? [0.2, 0.5, 0.8].map((at) => ({ start_ns: firstNs + Math.round(at * spanNs),
      end_ns: firstNs + Math.round((at + 0.01) * spanNs), allocs: Math.ceil(site.allocs / 10) })) : [],
    address_reuse: site.allocs < 64 ? 'unknown' : ['Sequential', 'Hotspot', 'Cached', 'Random'][Math.floor(rand() * 4)],
    sequential_share: site.allocs < 64 ? tooFew(site.allocs) : shareOf(rand()),
    cached_share: site.allocs < 64 ? tooFew(site.allocs) : shareOf(rand()),
    addresses: site.allocs < 64 ? tooFew(site.allocs) : estimated(Math.ceil(site.allocs / 8), 0.1, 96),
    address_gini: site.allocs < 64 ? tooFew(site.allocs) : measured(round(rand()), 96),
    top_decile_share: site.allocs < 64 ? tooFew(site.allocs) : measured(round(0.1 + 0.9 * rand()), 96),
  });
  context.sharing.push({
    site: site.site, frees: site.frees, other_cpu_share: shareOf(other),
    other_node_share: rand() < 0.3 ? insufficient('the node of each CPU is not known', site.frees) : shareOf(other / 2),
    other_task_share: shareOf(other ** 2), other_context_share: shareOf(other ** 3),
    deferred_share: shareOf(rand() < 0.2 ? rand() : 0),
    freed_in_context_share: { process: shareOf(1 - other ** 3), softirq: shareOf(other ** 3), hardirq: shareOf(0), NMI: shareOf(0) },
  });
}

const floorBins = 48;

function leak(rand, site, verdict, context) {
  const floor = Array.from({ length: floorBins }, (_, bin) => {
    const way = (bin + 1) / floorBins;

    return Math.round(site.live_bytes * (verdict === 'suspect' ? 0.4 + 0.6 * way * rand() : way));
  });
  const rising = verdict !== 'suspect';
  const perSecond = site.live_bytes / (context.spanNs / 1e9);

  return {
    site: site.site, verdict, weakened: verdict === 'suspect',
    bytes_per_second: rising ? estimated(round(perSecond), 0.08, floorBins)
      : insufficient('it was watched for too short a time', floorBins),
    seconds_to_gib: rising ? estimated(round((2 ** 30 - site.live_bytes) / perSecond), 0.1, floorBins)
      : insufficient('it was watched for too short a time', floorBins),
    evidence: {
      rising, rise_p: rising ? round(1e-9 * (1 + rand())) : round(0.05 + 0.9 * rand()), variance_inflation: 3.1,
      tail: verdict === 'growing' ? 'failed' : 'passed', tail_chance: verdict === 'leak' ? 3e-12 : 4e-8, limit_ns: 180e6,
      overdue_objects: Math.floor(site.live_objects * 0.9), oldest_ns: Math.round(context.spanNs * 0.98),
      ages_rise: verdict !== 'growing', ages_early: verdict === 'growing' ? 2 : 14, ages_late: verdict === 'growing' ? 1 : 15,
      plateau: false, stopped_chance: 0.9, slowing_z: 0.4,
      floor_start_ns: context.firstNs, floor_bin_ns: Math.round(context.spanNs / floorBins), floor_bytes: floor,
    },
  };
}

export function generate({ seed = 7, events = 10e6, siteCount = 6000, listed = 2000, analysed = 400, cpus = 16,
  lost = 12345, hostile = false } = {}) {
  const rand = random(seed);
  const spanNs = 61.7e9, firstNs = 912345678901234;
  const binNs = 2 ** 28, binCount = Math.ceil(spanNs / binNs);
  const frames = frameTable();
  const context = { spanNs, firstNs, lifetimes: [], patterns: [], sharing: [], survival: [] };
  const leaks = [];
  const sizesOfSites = Array.from({ length: siteCount }, (_, n) => 1 / (n + 2) ** 1.08);
  const sum = sizesOfSites.reduce((a, b) => a + b, 0);
  const allAllocs = Math.round(events * 0.53);
  const seen = new Set();
  const all = [];

  while (all.length < siteCount) {
    const pick = (of) => of[Math.floor(rand() * of.length)];
    const [leaf, cache, requested, size] = pick(leaves);
    const layer = pick(layers), second = rand() < 0.7 ? pick(layers) : [];
    const names = [...pick(entries), ...layer, ...second, leaf];

    if (seen.has(names.join()))
      continue;
    seen.add(names.join());
    const allocs = Math.max(1, Math.round(allAllocs * sizesOfSites[all.length] / sum));
    const live = rand() < 0.3 ? 0 : Math.min(allocs, Math.round(allocs * rand() ** 6) + Math.floor(rand() * 3));
    const site = {
      site: all.length, call_site: '0xffffffff81234567', stack: all.length + 1,
      frames: names.reverse().map((name) => frames.of(name)), cache, allocs, frees: allocs - live, missed_frees: 0,
      alloc_bytes: allocs * size, requested_bytes: allocs * requested, waste_bytes: allocs * (size - requested),
      freed_bytes: (allocs - live) * size, live_objects: live, live_bytes: live * size,
      live_waste_bytes: live * (size - requested), peak_ns: firstNs + Math.round(spanNs * (0.5 + rand() / 2)),
      first_ns: firstNs + Math.round(spanNs * 0.1 * rand()), last_ns: firstNs + Math.round(spanNs * (0.9 + 0.1 * rand())),
    };

    site.peak_live_bytes = Math.round(site.live_bytes * (1 + rand()) + size);
    site.at_peak_live_bytes = Math.round(site.peak_live_bytes * (0.5 + rand() / 2));
    all.push(site);
  }
  const total = (key, of = all) => of.reduce((a, site) => a + site[key], 0);
  const sites = all.slice(0, listed), restSites = all.slice(listed);

  for (const site of sites.slice(0, analysed)) {
    analyses(rand, site, context);
    const odds = rand();

    if (site.live_objects >= 50 && odds < 0.06)
      leaks.push(leak(rand, site, odds < 0.02 ? 'leak' : odds < 0.035 ? 'suspect' : 'growing', context));
  }
  const order = ['leak', 'suspect', 'growing'];
  leaks.sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict) ||
    (b.bytes_per_second.value ?? 0) - (a.bytes_per_second.value ?? 0));
  const verdicts = (name) => leaks.filter((row) => row.verdict === name).length;
  const weights = { allocation_calls: 0.3, byte_seconds: 0.25, wasted_bytes: 0.15, other_cpu_frees: 0.15, slabs: 0.15 };
  const values = (site) => ({ allocation_calls: site.allocs, byte_seconds: site.live_bytes, wasted_bytes: site.waste_bytes,
    other_cpu_frees: site.otherCpuFrees ?? 0, slabs: site.alloc_bytes });
  const sums = all.reduce((sum, site) => {
    for (const [key, value] of Object.entries(values(site)))
      sum[key] = (sum[key] ?? 0) + value;
    return sum;
  }, {});

  sites.slice(0, analysed).forEach((site, index) => {
    const row = context.sharing[index];
    let impact = 0;

    row.impact_parts = {};
    for (const [key, value] of Object.entries(values(site))) {
      impact += 100 * weights[key] * value / sums[key];
      row.impact_parts[key] = { share: measured(round(value / sums[key], 6), value), weight: weights[key] };
    }
    row.impact = measured(round(impact, 6), site.allocs);
  });
  for (const site of all)
    delete site.otherCpuFrees;

  /* The timeline: waves, and a burst in the middle that is also the peak. */
  const wave = Array.from({ length: binCount }, (_, bin) => 1 + 0.4 * Math.sin(bin / 9) + 0.2 * rand() +
    (Math.abs(bin - binCount * 0.6) < 5 ? 2.2 : 0));
  const waves = wave.reduce((a, b) => a + b, 0);
  const spread = (sumOf) => {
    const values = wave.map((of) => Math.floor(sumOf * of / waves));

    values[0] += sumOf - values.reduce((a, b) => a + b, 0);
    return values;
  };
  const allocs = spread(total('allocs')), frees = spread(total('frees')), bytes = spread(total('alloc_bytes'));
  const finalBytes = total('live_bytes'), finalObjects = total('live_objects');
  const lostBins = spread(lost);
  const bins = wave.map((of, bin) => {
    const way = (bin + 1) / binCount;
    const level = bin === binCount - 1 ? 1 : (0.2 + 0.8 * way) * (0.85 + of / 8);

    return { allocs: allocs[bin], frees: frees[bin], alloc_bytes: bytes[bin],
      live_objects: Math.round(finalObjects * level), live_bytes: Math.round(finalBytes * level),
      lost_events: lostBins[bin] };
  });
  const peakBin = bins.reduce((best, bin, index) => (bin.live_bytes > bins[best].live_bytes ? index : best), 0);

  const live = [...sites].sort((a, b) => b.peak_live_bytes - a.peak_live_bytes).slice(0, 200);
  const calls = [...sites].sort((a, b) => b.allocs - a.allocs).slice(0, 200);
  const siteLive = { start_ns: firstNs, bin_ns: binNs, rows: live.map((site) => ({ site: site.site,
    live_bytes: wave.map((of, bin) => (bin === binCount - 1 ? site.live_bytes
      : Math.round(site.peak_live_bytes * Math.min(1, (bin + 1) / binCount * (0.6 + of / 5))))) })) };
  const allocBin = 2 ** 29, allocBins = Math.ceil(spanNs / allocBin) + 1, allocStart = Math.floor(firstNs / allocBin) * allocBin;
  const siteAllocs = { start_ns: allocStart, bin_ns: allocBin, rows: calls.map((site) => {
    const phase = rand() * 6, values = Array.from({ length: allocBins }, (_, bin) =>
      Math.round(site.allocs / allocBins * Math.max(0, 1 + Math.sin(bin / 7 + phase))));

    return { site: site.site, allocs: values };
  }) };
  const sizeCells = [], lifetimeCells = [];

  for (let bin = 0; bin < allocBins; bin++) {
    for (let row = 0; row < classes.length; row++) {
      const n = Math.round(4000 * Math.exp(-((row - 4) ** 2) / 8) * (0.5 + rand()));
      if (n > 3)
        sizeCells.push([bin, row, n, n * classes[row]]);
    }
    for (let row = 2; row < 26; row++) {
      const n = Math.round(3000 * (Math.exp(-((row - 7) ** 2) / 8) + 0.3 * Math.exp(-((row - 17) ** 2) / 10)) * rand());
      if (n > 3)
        lifetimeCells.push([bin, row, n]);
    }
  }

  const byCache = new Map();
  for (const site of all) {
    const cache = byCache.get(site.cache) ?? { cache: site.cache, allocs: 0, frees: 0, alloc_bytes: 0, requested_bytes: 0,
      waste_bytes: 0, live_objects: 0, live_bytes: 0, live_waste_bytes: 0, peak_live_bytes: 0 };

    for (const key of Object.keys(cache)) {
      if (key !== 'cache')
        cache[key] += site[key];
    }
    byCache.set(site.cache, cache);
  }
  const caches = [...byCache.values()];

  const pinned = [], slabRows = [];

  for (const cache of caches) {
    const slab = cache.live_bytes > 1e6 ? 32768 : 4096;
    const slabs = Math.ceil(cache.live_bytes * (1.1 + rand()) / slab) + 1;
    const padding = Math.round(slabs * 60 * rand()), alignment = Math.round(cache.live_objects * 4 * rand());
    const free = Math.max(0, slabs * slab - cache.live_bytes - padding - alignment);
    const hidden = cache.cache === 'kmalloc-64';

    Object.assign(cache, { slabs_allocated: slabs * 3, slabs_freed: slabs * 2, new_slabs: slabs, new_slab_bytes: slabs * slab });
    slabRows.push({ cache: cache.cache, slabs, slab_bytes: measured(slabs * slab, slabs),
      object_bytes: hidden ? insufficient('what it needs was not recorded', 0) : estimated(cache.live_bytes, 0.05, cache.live_objects),
      alignment_bytes: hidden ? insufficient('what it needs was not recorded', 0) : measured(alignment, slabs),
      free_slot_bytes: { value: free, low: free, high: free * 1.5, quality: 'estimated', n: slabs },
      padding_bytes: measured(padding, slabs),
      unused_share: hidden ? insufficient('what it needs was not recorded', 0)
        : measured(round((slabs * slab - cache.live_bytes) / (slabs * slab)), slabs) });
    sites.filter((site) => site.cache === cache.cache && site.live_objects > 0).slice(0, 12).forEach((site, index) => {
      pinned.push({ site: site.site, pinning_objects: site.live_objects, slabs: Math.ceil(site.live_objects / 8),
        sole_slabs: Math.floor(site.live_objects / 20), blame_bytes: measured(Math.round(free / (index + 2)), site.live_objects),
        back_bytes: measured(Math.round(free / (index + 2) / 3), site.live_objects) });
    });
  }
  slabRows.push({ cache: 'Acpi-State', slabs: 4, slab_bytes: measured(16384, 4), object_bytes: measured(8000, 4),
    alignment_bytes: measured(0, 4), free_slot_bytes: measured(8384, 4), padding_bytes: measured(0, 4), unused_share: measured(0.51, 4) });

  const loads = Array.from({ length: cpus }, (_, cpu) => ({ cpu, node: cpu < cpus / 2 ? 0 : 1, samples: 4000, span_ns: spanNs,
    user_ns: 2e9, system_ns: 9e9, irq_ns: 0, softirq_ns: 3e9, idle_ns: 40e9, iowait_ns: 1e9, steal_ns: 0,
    busy_share: wave.map((of) => (rand() < 0.03 ? null : round(Math.min(1, of * (0.15 + 0.05 * (cpu % 5)) + 0.1 * rand()), 3))) }));
  const machine = wave.map((of, bin) => ({ time_ns: firstNs + Math.round((bin + 0.4) * binNs), total_bytes: 8 * 2 ** 30,
    free_bytes: Math.round((5 - 2 * bin / binCount - of / 4) * 2 ** 30),
    slab_reclaimable_bytes: Math.round((200 + 150 * bin / binCount) * 2 ** 20),
    slab_unreclaimable_bytes: Math.round((120 + 60 * bin / binCount + 10 * of) * 2 ** 20),
    load_1min: round(of), load_5min: round(of / 2), load_15min: round(of / 3) })).filter((_, bin) => bin % 7 !== 3);

  const counters = Array.from({ length: cpus }, (_, cpu) => {
    const row = { cpu, read: Math.floor(events / cpus), buffered: 0, lost: Math.floor(lost / cpus), filtered: 0, self: 412, recursion: cpu };

    return { ...row, hits: row.read + row.lost + row.self + row.recursion };
  });
  const attached = (name, by, symbol, hits, without = '') => ({ path: 0, name, attached: by, symbol, hits, missed: 0, without });

  const document = {
    file: 'build/generated.memscope', span_ns: spanNs, incomplete: lost > 0,
    losses: { lost_events: lost, missed_events: 0, recursion_events: 120, stack_full_events: 0, stack_failed_events: 31,
      cache_full_events: 0, read_events: events },
    recording: { tool_version: '0.1.0', module_version: '0.1.0', kernel_release: '6.1.0-56-cloud-amd64',
      kernel_version: '#1 SMP PREEMPT_DYNAMIC Debian', machine: 'x86_64', page_size_bytes: 4096, cpus,
      nodes: Array.from({ length: cpus }, (_, cpu) => (cpu < cpus / 2 ? 0 : 1)), started_ns: firstNs,
      started_wall_ns: 1764019263000000000, command: ['sh', 'workload.sh'],
      options: { probe: 'auto', buffer_kb: 4096, stack_every: 1, stack_depth: 16 } },
    totals: { events, first_ns: firstNs, last_ns: firstNs + spanNs, allocs: total('allocs'), alloc_bytes: total('alloc_bytes'),
      requested_bytes: total('requested_bytes'), waste_bytes: total('waste_bytes'), frees: total('frees'),
      freed_bytes: total('freed_bytes'), deferred_frees: 40123, deferred_waiting_objects: 12, born_before_frees: 5512,
      self_frees: 3, missed_frees: 0, resizes: 44, live_objects: finalObjects, live_bytes: finalBytes,
      live_waste_bytes: total('live_waste_bytes'), peak_live_bytes: bins[peakBin].live_bytes,
      peak_ns: firstNs + Math.round((peakBin + 0.7) * binNs), slabs_allocated: 40123, slabs_freed: 31234,
      load_samples: 60000, unknown_events: 0, sites: siteCount },
    timeline: { start_ns: firstNs, bin_ns: binNs, bins },
    paths: [attached('kmalloc', 'tracepoint', 'kmalloc', 3e6), attached('kfree', 'tracepoint', 'kfree', 2.8e6),
      attached('cache-alloc', 'tracepoint', 'kmem_cache_alloc', 2.2e6), attached('cache-free', 'tracepoint', 'kmem_cache_free', 2e6),
      attached('bulk-alloc', 'kretprobe', 'kmem_cache_alloc_bulk', 20123), attached('bulk-free', 'kprobe', 'kmem_cache_free_bulk', 19321),
      attached('rcu-free', 'kprobe', 'kvfree_call_rcu', 40123), attached('nolock-alloc', 'none', '', 0,
        'Objects allocated without locks are not seen.')],
    cost: { session_buffer_bytes: cpus * 4 * 2 ** 20, recording_bytes: Math.round(events * 9.2), bytes_per_event: 9.2,
      stacks_captured: allAllocs, distinct_stacks: siteCount, unwind_fast: Math.round(allAllocs * 0.97),
      unwind_slow: Math.round(allAllocs * 0.03), unwind_audited: 4123, unwind_mismatched: 0 },
    counters, frames: frames.rows, sites,
    rest: restSites.length ? { sites: restSites.length, ...Object.fromEntries(['allocs', 'frees', 'alloc_bytes', 'requested_bytes',
      'waste_bytes', 'freed_bytes', 'live_objects', 'live_bytes', 'live_waste_bytes', 'at_peak_live_bytes'].map((key) =>
      [key, total(key, restSites)])) } : undefined,
    caches, load: { samples: 60000, cpus: loads, machine },
    leaks, leak_verdicts: { unknown: siteCount - analysed, steady: analysed - leaks.length, growing: verdicts('growing'),
      suspect: verdicts('suspect'), leak: verdicts('leak'), suppressed_by_loss: 3 },
    lifetimes: context.lifetimes, patterns: context.patterns, sharing: context.sharing, survival: context.survival,
    fragmentation: {
      internal: { live_waste_bytes: measured(total('live_waste_bytes'), finalObjects) },
      pinning: { slabs: 4123, slab_bytes: 4123 * 8192, free_bytes: 9e6, empty_slabs: 12, empty_bytes: 12 * 8192, sites: pinned },
      caches: slabRows,
      zones: [[0, 'DMA'], [0, 'DMA32'], [0, 'Normal'], [1, 'Normal']].map(([node, zone], index) => ({ node, zone,
        free_pages: measured(123456, 11),
        orders: Array.from({ length: 11 }, (_, at) => ({ order: at, free_blocks: Math.round(5000 / (at + 1) ** (1 + index / 2)),
          would_fail: at > 8 && index === 3, unusable_share: measured(round(Math.min(1, at * (0.02 + index * 0.025))), 11),
          fragmentation_index: at > 8 && index === 3 ? measured(0.72, 1)
            : insufficient('the request would be served', 0) })) })),
    },
    site_live: siteLive, site_allocs: siteAllocs,
    size_history: { start_ns: allocStart, bin_ns: allocBin, class_bytes: [...classes, null], cells: sizeCells },
    lifetime_history: { start_ns: allocStart, bin_ns: allocBin, class_ns: [...lifetimeClasses, null], cells: lifetimeCells },
  };
  if (hostile) {
    const evil = '</script><script>document.title="broken out"</script><img src=x onerror="document.title=\'broken\'">';

    document.file = `${evil}.memscope`;
    document.recording.command = [evil];
    document.caches[0].cache = evil;
    for (const site of document.sites.slice(0, 30))
      site.cache = evil;
    for (const frame of document.frames.slice(0, 40)) {
      frame.function = `${evil}${frame.function}`;
      frame.module = '<b onclick=alert(1)>&amp;\u2028';
    }
    document.paths[0].symbol = evil;
    document.fragmentation.caches[0].cache = evil;
    document.fragmentation.zones[0].zone = evil;
  }
  return document;
}

/** The page with a document in it, as memscopectl makes one */
export function page(template, document) {
  const json = JSON.stringify(document).replaceAll('<', '\\u003c');
  const [before, after] = template.split('%MEMSCOPE_DOCUMENT%');

  return before + json + after;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.stdout.write(JSON.stringify(generate({ events: Number(process.argv[2] ?? 10e6) })));
