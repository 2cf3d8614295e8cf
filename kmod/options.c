// SPDX-License-Identifier: GPL-2.0
/*
 * Options: module parameters, their bounds, and what netlink may change.
 *
 * One row a number in the table below gives its attribute, its place in struct
 * ms_options, its bounds and the sentence of a refusal. Defaults are protected
 * by the session's mutex; after init, parameters are read-only in sysfs.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/string.h>

#include "options.h"

#define BUFFER_KB_MIN	16
#define BUFFER_KB_MAX	(1024 * 1024)

static struct ms_options defaults = {
	.probe = MEMSCOPE_PROBE_AUTO,
	.features = MS_FEATURES,
	.buffer_kb = 8192,
	.watermark = 25,
	.stack_every = 1,
	.stack_depth = 16,
	.stack_table = 65536,
	.load_every = 20,
	.load_interval_ms = 10,
	.filter_size_max = U32_MAX,
};

static char *probe = "auto";
module_param(probe, charp, 0444);
MODULE_PARM_DESC(probe, "how paths are attached: auto (tracepoints where there are any) or kprobe");
module_param_named(features, defaults.features, uint, 0444);
MODULE_PARM_DESC(features, "bit set: 1 stacks, 2 load, 4 slab pages, 8 deferred frees, 16 task names, 32 krealloc in place");
module_param_named(buffer_kb, defaults.buffer_kb, uint, 0444);
MODULE_PARM_DESC(buffer_kb, "KiB of event buffer a CPU, 16 to 1048576 (default 8192)");
module_param_named(watermark, defaults.watermark, uint, 0444);
MODULE_PARM_DESC(watermark, "percent of a buffer at which its reader is woken, 1 to 90 (default 25)");
module_param_named(stack_every, defaults.stack_every, uint, 0444);
MODULE_PARM_DESC(stack_every, "take a call stack on every n-th allocation of a CPU (default 1)");
module_param_named(stack_depth, defaults.stack_depth, uint, 0444);
MODULE_PARM_DESC(stack_depth, "frames of a call stack, 1 to 64 (default 16)");
module_param_named(stack_table, defaults.stack_table, uint, 0444);
MODULE_PARM_DESC(stack_table, "distinct call stacks kept, 64 to 1048576 (default 65536)");
module_param_named(load_every, defaults.load_every, uint, 0444);
MODULE_PARM_DESC(load_every, "sample the load on every n-th allocation of a CPU (default 20)");
module_param_named(load_interval_ms, defaults.load_interval_ms, uint, 0444);
MODULE_PARM_DESC(load_interval_ms, "but at most once in this many ms, 1 to 10000 (default 10)");

static const struct number {
	u16 attr;
	u16 offset;
	u32 min, max;
	bool fixed;		/* cannot change while a session runs */
	const char *refusal;
} numbers[] = {
#define NUMBER(attr, field, ...) \
	{ MEMSCOPE_A_##attr, offsetof(struct ms_options, field), __VA_ARGS__ }
	NUMBER(PROBE, probe, MEMSCOPE_PROBE_AUTO, MEMSCOPE_PROBE_KPROBE, true,
	       "probe must be auto or kprobe"),
	NUMBER(FEATURES, features, 0, MS_FEATURES, true,
	       "a feature is unknown or left out of this build of memscope.ko"),
	NUMBER(ATTACHED, attached, 0, 1, true,
	       "attached must be 0 or 1"),
	NUMBER(BUFFER_KB, buffer_kb, BUFFER_KB_MIN, BUFFER_KB_MAX, true,
	       "buffer_kb must be from 16 to 1048576 (a CPU)"),
	NUMBER(WATERMARK, watermark, 1, 90, false,
	       "watermark must be from 1 to 90 percent"),
	NUMBER(STACK_EVERY, stack_every, 1, U32_MAX, false,
	       "stack_every must be 1 or more (to take no stacks switch the feature off)"),
	NUMBER(STACK_DEPTH, stack_depth, 1, MEMSCOPE_STACK_DEPTH_MAX, true,
	       "stack_depth must be from 1 to 64 frames"),
	NUMBER(STACK_TABLE, stack_table, 64, 1024 * 1024, true,
	       "stack_table must be from 64 to 1048576 stacks"),
	NUMBER(LOAD_EVERY, load_every, 1, U32_MAX, false,
	       "load_every must be 1 or more (to sample no load switch the feature off)"),
	NUMBER(LOAD_INTERVAL_MS, load_interval_ms, 1, 10000, false,
	       "load_interval_ms must be from 1 to 10000"),
	NUMBER(FILTER_TGID, filter_tgid, 0, S32_MAX, true,
	       "the filter's process id is out of range"),
	NUMBER(FILTER_SIZE_MIN, filter_size_min, 0, U32_MAX, true, ""),
	NUMBER(FILTER_SIZE_MAX, filter_size_max, 0, U32_MAX, true, ""),
	NUMBER(FILTER_GFP, filter_gfp, 0, U32_MAX, true, ""),
#undef NUMBER
};

static u32 *value(struct ms_options *options, const struct number *number)
{
	return (void *)options + number->offset;
}

static bool refused(const struct number *number, u32 is)
{
	if (number->attr == MEMSCOPE_A_FEATURES)
		return is & ~MS_FEATURES;
	return is < number->min || is > number->max;
}

static const struct number *first_out_of_range(struct ms_options *options)
{
	const struct number *number;

	for (number = numbers; number < numbers + ARRAY_SIZE(numbers); number++) {
		if (refused(number, *value(options, number)))
			return number;
	}
	return NULL;
}

/**
 * ms_options_init() - take the module parameters
 *
 * Context: module init.
 * Return: 0, or -EINVAL or -ERANGE with the reason in the kernel log.
 */
int ms_options_init(void)
{
	const struct number *wrong;

	if (!strcmp(probe, "kprobe")) {
		defaults.probe = MEMSCOPE_PROBE_KPROBE;
	} else if (strcmp(probe, "auto")) {
		pr_err("probe must be auto or kprobe\n");
		return -EINVAL;
	}
	wrong = first_out_of_range(&defaults);
	if (wrong) {
		pr_err("%s\n", wrong->refusal);
		return -ERANGE;
	}
	return 0;
}

/**
 * ms_options_defaults() - what a session gets that is told nothing
 * @options: filled
 *
 * Context: process, under the session's mutex.
 */
void ms_options_defaults(struct ms_options *options)
{
	*options = defaults;
}

/**
 * ms_options_set_defaults() - what later sessions get
 * @options: valid ones
 * @extack: a sentence on refusal
 *
 * Context: process, under the session's mutex.
 * Return: 0, or -EINVAL: being attached is each session's own choice.
 */
int ms_options_set_defaults(const struct ms_options *options,
			    struct netlink_ext_ack *extack)
{
	if (options->attached) {
		NL_SET_ERR_MSG(extack, "attached is chosen at each start, it has no default");
		return -EINVAL;
	}
	defaults = *options;
	return 0;
}

static void take_string(char *to, size_t size, const struct nlattr *attr)
{
	if (attr)
		strscpy(to, nla_data(attr), size);
}

/**
 * ms_options_parse() - change options by attributes
 * @options: changed; worthless after an error
 * @attrs: by MEMSCOPE_A_*, checked by the family's policy; NULL: not given
 * @extack: a sentence on refusal
 *
 * Context: process.
 * Return: 0, or -ERANGE.
 */
int ms_options_parse(struct ms_options *options, struct nlattr **attrs,
		     struct netlink_ext_ack *extack)
{
	const struct number *number;

	for (number = numbers; number < numbers + ARRAY_SIZE(numbers); number++) {
		u32 is;

		if (!attrs[number->attr])
			continue;
		is = nla_get_u32(attrs[number->attr]);
		if (refused(number, is)) {
			if (extack)
				extack->_msg = number->refusal;
			NL_SET_BAD_ATTR(extack, attrs[number->attr]);
			return -ERANGE;
		}
		*value(options, number) = is;
	}
	take_string(options->filter_comm, sizeof(options->filter_comm),
		    attrs[MEMSCOPE_A_FILTER_COMM]);
	take_string(options->filter_module, sizeof(options->filter_module),
		    attrs[MEMSCOPE_A_FILTER_MODULE]);
	take_string(options->filter_cache, sizeof(options->filter_cache),
		    attrs[MEMSCOPE_A_FILTER_CACHE]);

	if (options->filter_size_min > options->filter_size_max) {
		NL_SET_ERR_MSG(extack, "the size filter's minimum is above its maximum");
		return -ERANGE;
	}
	return 0;
}

/**
 * ms_options_fixed_differ() - would a running session have to be rebuilt?
 * @a: options in force
 * @b: options wished
 *
 * Context: any.
 * Return: true if an option differs that cannot change while a session runs.
 */
bool ms_options_fixed_differ(const struct ms_options *a, const struct ms_options *b)
{
	const struct number *number;

	for (number = numbers; number < numbers + ARRAY_SIZE(numbers); number++) {
		if (number->fixed && *value((void *)a, number) != *value((void *)b, number))
			return true;
	}
	return strcmp(a->filter_comm, b->filter_comm) ||
	       strcmp(a->filter_module, b->filter_module) ||
	       strcmp(a->filter_cache, b->filter_cache);
}

/**
 * ms_options_slots() - events a CPU's buffer holds
 * @options: valid ones
 *
 * Context: any.
 * Return: a power of two.
 */
u32 ms_options_slots(const struct ms_options *options)
{
	return rounddown_pow_of_two(options->buffer_kb * 1024UL /
				    sizeof(struct memscope_event));
}
