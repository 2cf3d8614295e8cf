// SPDX-License-Identifier: GPL-2.0
/*
 * Load: what each CPU did, memory and load averages.
 */
#include <stdio.h>

#include "json.h"
#include "text.h"
#include "view.h"

/* What a CPU did between two samples, in parts that add up to all. */
struct shares {
	uint64_t user, system, irq, softirq, idle, iowait, steal, all;
};

static uint64_t less(uint64_t last, uint64_t first)
{
	/* Idle times are estimates of the kernel's and may step back. */
	return last > first ? last - first : 0;
}

static bool shares_of(const struct report *report, uint32_t cpu, struct shares *shares,
		      uint64_t *span_ns)
{
	struct memscope_load_cpu first, last;

	if (!memscope_load_span(memscope_model_load(report->model), cpu, &first, &last))
		return false;
	shares->user = less(last.user_ns, first.user_ns);
	shares->system = less(last.system_ns, first.system_ns);
	shares->irq = less(last.irq_ns, first.irq_ns);
	shares->softirq = less(last.softirq_ns, first.softirq_ns);
	shares->idle = less(last.idle_ns, first.idle_ns);
	shares->iowait = less(last.iowait_ns, first.iowait_ns);
	shares->steal = less(last.steal_ns, first.steal_ns);
	shares->all = shares->user + shares->system + shares->irq + shares->softirq +
		      shares->idle + shares->iowait + shares->steal;
	*span_ns = last.time_ns - first.time_ns;
	return shares->all > 0;
}

static void load_text(struct report *report)
{
	const struct memscope_load *load = memscope_model_load(report->model);
	const struct memscope_load_machine *machine = memscope_load_latest(load);
	char a[32], b[32], c[32], d[32];
	struct shares shares;
	uint64_t span_ns;
	uint32_t cpu;

	printf("Load\n");
	if (!load->samples) {
		printf("no samples (--features +load)\n");
		return;
	}
	printf("%4s %8s %8s %8s %8s %8s %8s %8s %8s  %s\n", "CPU", "USER", "SYSTEM", "IRQ",
	       "SOFTIRQ", "IDLE", "IOWAIT", "STEAL", "SAMPLES", "OVER");
	for (cpu = 0; cpu < load->cpus; cpu++) {
		if (!shares_of(report, cpu, &shares, &span_ns))
			continue;
		printf("%4u %7.1f%% %7.1f%% %7.1f%% %7.1f%% %7.1f%% %7.1f%% %7.1f%% %8s  %s\n",
		       cpu, 100.0 * shares.user / shares.all, 100.0 * shares.system / shares.all,
		       100.0 * shares.irq / shares.all, 100.0 * shares.softirq / shares.all,
		       100.0 * shares.idle / shares.all, 100.0 * shares.iowait / shares.all,
		       100.0 * shares.steal / shares.all,
		       text_count(a, sizeof(a), load->lanes[cpu].samples),
		       text_duration(b, sizeof(b), span_ns));
	}
	if (!machine)
		return;
	printf("memory: %s, %s free; slab: %s reclaimable, %s not; load average %.2f %.2f %.2f\n",
	       text_bytes(a, sizeof(a), machine->total_bytes),
	       text_bytes(b, sizeof(b), machine->free_bytes),
	       text_bytes(c, sizeof(c), machine->slab_reclaimable_bytes),
	       text_bytes(d, sizeof(d), machine->slab_unreclaimable_bytes),
	       machine->average[0] / 2048.0, machine->average[1] / 2048.0,
	       machine->average[2] / 2048.0);
}

static struct json_object *cpu_json(const struct report *report, uint32_t cpu)
{
	const struct memscope_load *load = memscope_model_load(report->model);
	struct json_object *json;
	struct shares shares;
	uint64_t span_ns;

	if (!shares_of(report, cpu, &shares, &span_ns))
		return NULL;
	json = json_object_new_object();
	json_add_count(json, "cpu", cpu);
	json_add_count(json, "node", memscope_meta_node(&report->session.meta, cpu) < 0 ? 0 :
		       memscope_meta_node(&report->session.meta, cpu));
	json_add_count(json, "samples", load->lanes[cpu].samples);
	json_add_count(json, "span_ns", span_ns);
	json_add_count(json, "user_ns", shares.user);
	json_add_count(json, "system_ns", shares.system);
	json_add_count(json, "irq_ns", shares.irq);
	json_add_count(json, "softirq_ns", shares.softirq);
	json_add_count(json, "idle_ns", shares.idle);
	json_add_count(json, "iowait_ns", shares.iowait);
	json_add_count(json, "steal_ns", shares.steal);
	return json;
}

static struct json_object *machine_json(const struct memscope_load_machine *machine)
{
	struct json_object *json = json_object_new_object();

	json_add_count(json, "time_ns", machine->time_ns);
	json_add_count(json, "total_bytes", machine->total_bytes);
	json_add_count(json, "free_bytes", machine->free_bytes);
	json_add_count(json, "slab_reclaimable_bytes", machine->slab_reclaimable_bytes);
	json_add_count(json, "slab_unreclaimable_bytes", machine->slab_unreclaimable_bytes);
	json_add_real(json, "load_1min", machine->average[0] / 2048.0);
	json_add_real(json, "load_5min", machine->average[1] / 2048.0);
	json_add_real(json, "load_15min", machine->average[2] / 2048.0);
	return json;
}

static void load_json(struct report *report, struct json_object *document)
{
	const struct memscope_load *load = memscope_model_load(report->model);
	struct json_object *json = json_object_new_object();
	struct json_object *cpus = json_object_new_array();
	struct json_object *machine = json_object_new_array();
	uint32_t cpu;
	size_t i;

	json_add_count(json, "samples", load->samples);
	for (cpu = 0; cpu < load->cpus; cpu++) {
		struct json_object *row = cpu_json(report, cpu);

		if (row)
			json_object_array_add(cpus, row);
	}
	for (i = 0; i < MEMSCOPE_LOAD_BINS; i++)
		if (load->machine[i].time_ns)
			json_object_array_add(machine, machine_json(&load->machine[i]));
	json_object_object_add(json, "cpus", cpus);
	json_object_object_add(json, "machine", machine);
	json_object_object_add(document, "load", json);
}

const struct view view_load = {
	.name = "load",
	.description = "what each CPU did, memory, load averages",
	.text = load_text,
	.json = load_json,
};
