// SPDX-License-Identifier: GPL-2.0
/*
 * Options of a session. The table is the only list of them on this side of
 * netlink; the module decides what is in range and says so.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

const struct memscope_option memscope_option_table[] = {
	{ "probe", "probe", "auto|kprobe",
	  "tracepoints where there are some, or kprobes on every path",
	  MEMSCOPE_A_PROBE, MEMSCOPE_OPTION_PROBE },
	{ "features", "features", "LIST",
	  "stacks,load,pages,deferred,tasks,resize; +NAME and -NAME change those in force",
	  MEMSCOPE_A_FEATURES, MEMSCOPE_OPTION_FEATURES },
	{ "buffer-kb", "buffer_kb", "KIB",
	  "size of each CPU's buffer",
	  MEMSCOPE_A_BUFFER_KB, MEMSCOPE_OPTION_NUMBER },
	{ "watermark", "watermark_percent", "PERCENT",
	  "fill of a buffer at which the reader is woken",
	  MEMSCOPE_A_WATERMARK, MEMSCOPE_OPTION_NUMBER },
	{ "stack-every", "stack_every", "N",
	  "take a stack on every Nth allocation of a CPU",
	  MEMSCOPE_A_STACK_EVERY, MEMSCOPE_OPTION_NUMBER },
	{ "stack-depth", "stack_depth", "N",
	  "frames of a stack, at most 64",
	  MEMSCOPE_A_STACK_DEPTH, MEMSCOPE_OPTION_NUMBER },
	{ "stack-table", "stack_table", "N",
	  "distinct stacks the module keeps",
	  MEMSCOPE_A_STACK_TABLE, MEMSCOPE_OPTION_NUMBER },
	{ "load-every", "load_every", "N",
	  "take a load sample on every Nth allocation of a CPU",
	  MEMSCOPE_A_LOAD_EVERY, MEMSCOPE_OPTION_NUMBER },
	{ "load-interval-ms", "load_interval_ms", "MS",
	  "but at most one in this time",
	  MEMSCOPE_A_LOAD_INTERVAL_MS, MEMSCOPE_OPTION_NUMBER },
	{ "filter-pid", "filter_tgid", "PID",
	  "allocations of this process only; 0: any",
	  MEMSCOPE_A_FILTER_TGID, MEMSCOPE_OPTION_NUMBER },
	{ "filter-comm", "filter_comm", "NAME",
	  "allocations of tasks of this name only",
	  MEMSCOPE_A_FILTER_COMM, MEMSCOPE_OPTION_TEXT },
	{ "filter-module", "filter_module", "NAME",
	  "allocations called from this module only, or from vmlinux",
	  MEMSCOPE_A_FILTER_MODULE, MEMSCOPE_OPTION_TEXT },
	{ "filter-cache", "filter_cache", "NAME",
	  "allocations from this slab cache only",
	  MEMSCOPE_A_FILTER_CACHE, MEMSCOPE_OPTION_TEXT },
	{ "filter-size", "filter_size_bytes", "MIN..MAX",
	  "allocations of this many bytes only",
	  MEMSCOPE_A_FILTER_SIZE_MIN, MEMSCOPE_OPTION_RANGE },
	{ "filter-gfp", "filter_gfp", "BITS",
	  "allocations with all of these gfp bits only",
	  MEMSCOPE_A_FILTER_GFP, MEMSCOPE_OPTION_HEX },
};

const size_t memscope_option_table_count =
	sizeof(memscope_option_table) / sizeof(memscope_option_table[0]);

static const char *const feature_names[] = {
	"stacks", "load", "pages", "deferred", "tasks", "resize",
};

#define FEATURES (sizeof(feature_names) / sizeof(feature_names[0]))

_Static_assert(MEMSCOPE_F_RESIZE == 1U << (FEATURES - 1), "a name for each feature");

const char *memscope_feature_name(unsigned int bit)
{
	return bit < FEATURES ? feature_names[bit] : NULL;
}

bool memscope_option_is_text(unsigned int attr)
{
	return attr >= MEMSCOPE_A_FILTER_COMM && attr <= MEMSCOPE_A_FILTER_CACHE;
}

static void mark(struct memscope_options *options, unsigned int attr)
{
	options->set |= 1ULL << (attr - MEMSCOPE_OPTION_FIRST);
}

void memscope_option_set_number(struct memscope_options *options, unsigned int attr,
				uint32_t value)
{
	options->number[attr - MEMSCOPE_OPTION_FIRST] = value;
	mark(options, attr);
}

int memscope_option_set_text(struct memscope_options *options, unsigned int attr,
			     const char *value)
{
	char *text = options->text[attr - MEMSCOPE_OPTION_FIRST];

	if (strlen(value) >= MEMSCOPE_NAME_LEN)
		return -ENAMETOOLONG;
	strcpy(text, value);
	mark(options, attr);
	return 0;
}

/* The whole of text as a u32. */
static int parse_number(const char *text, size_t length, int base, uint32_t *value)
{
	char copy[24], *end;
	unsigned long long number;

	if (!length || length >= sizeof(copy) || !isxdigit((unsigned char)text[0]))
		return -EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	errno = 0;
	number = strtoull(copy, &end, base);
	if (errno || number > UINT32_MAX)
		return -ERANGE;
	if (*end)
		return -EINVAL;
	*value = number;
	return 0;
}

static int parse_features(struct memscope_options *options, const char *value)
{
	uint32_t exact = 0, add = 0, remove = 0;
	bool absolute = false;

	while (*value) {
		size_t length = strcspn(value, ",");
		const char *name = value;
		size_t name_length = length;
		uint32_t *into = &exact;
		unsigned int bit;

		if (*name == '+' || *name == '-') {
			into = *name == '+' ? &add : &remove;
			name++;
			name_length--;
		} else {
			absolute = true;
		}
		if (name_length == 4 && into == &exact && !memcmp(name, "none", 4)) {
			value += length + (value[length] == ',');
			continue;
		}
		for (bit = 0; bit < FEATURES; bit++) {
			if (strlen(feature_names[bit]) == name_length &&
			    !memcmp(feature_names[bit], name, name_length))
				break;
		}
		if (bit == FEATURES)
			return -EINVAL;
		*into |= 1U << bit;
		value += length + (value[length] == ',');
	}
	if (absolute)
		memscope_option_set_number(options, MEMSCOPE_A_FEATURES,
					   (exact | add) & ~remove);
	else if (!add && !remove)
		return -EINVAL;
	options->features_add = absolute ? 0 : add;
	options->features_remove = absolute ? 0 : remove;
	return 0;
}

static int parse_range(struct memscope_options *options, unsigned int attr,
		       const char *value)
{
	const char *dots = strstr(value, "..");
	uint32_t min = 0, max = UINT32_MAX;
	int err = 0;

	if (!dots) {
		err = parse_number(value, strlen(value), 10, &min);
		max = min;
	} else if (dots == value && !dots[2]) {
		err = -EINVAL;
	} else {
		if (dots > value)
			err = parse_number(value, dots - value, 10, &min);
		if (!err && dots[2])
			err = parse_number(dots + 2, strlen(dots + 2), 10, &max);
	}
	if (err)
		return err;
	if (min > max)
		return -ERANGE;
	memscope_option_set_number(options, attr, min);
	memscope_option_set_number(options, attr + 1, max);
	return 0;
}

int memscope_option_parse(struct memscope_options *options,
			  const struct memscope_option *option, const char *value)
{
	uint32_t number = 0;
	int err = 0;

	switch ((enum memscope_option_kind)option->kind) {
	case MEMSCOPE_OPTION_TEXT:
		return memscope_option_set_text(options, option->attr, value);
	case MEMSCOPE_OPTION_FEATURES:
		return parse_features(options, value);
	case MEMSCOPE_OPTION_RANGE:
		return parse_range(options, option->attr, value);
	case MEMSCOPE_OPTION_PROBE:
		if (!strcmp(value, "auto"))
			number = MEMSCOPE_PROBE_AUTO;
		else if (!strcmp(value, "kprobe"))
			number = MEMSCOPE_PROBE_KPROBE;
		else
			err = -EINVAL;
		break;
	case MEMSCOPE_OPTION_NUMBER:
		err = parse_number(value, strlen(value), 10, &number);
		break;
	case MEMSCOPE_OPTION_HEX:
		err = parse_number(value, strlen(value), 0, &number);
		break;
	}
	if (err)
		return err;
	memscope_option_set_number(options, option->attr, number);
	return 0;
}

static void format_features(uint32_t features, char *buffer, size_t size)
{
	size_t used = 0;
	unsigned int bit;

	snprintf(buffer, size, "none");
	for (bit = 0; bit < FEATURES; bit++) {
		if (!(features >> bit & 1))
			continue;
		used += snprintf(buffer + used, size - used, "%s%s", used ? "," : "",
				 feature_names[bit]);
		if (used >= size)
			return;
	}
}

void memscope_option_format(const struct memscope_options *options,
			    const struct memscope_option *option,
			    char *buffer, size_t size)
{
	uint32_t number = memscope_option_number(options, option->attr);
	uint32_t max;

	switch ((enum memscope_option_kind)option->kind) {
	case MEMSCOPE_OPTION_TEXT:
		snprintf(buffer, size, "%s", memscope_option_text(options, option->attr));
		break;
	case MEMSCOPE_OPTION_FEATURES:
		format_features(number, buffer, size);
		break;
	case MEMSCOPE_OPTION_RANGE:
		max = memscope_option_number(options, option->attr + 1);
		if (max == UINT32_MAX)
			snprintf(buffer, size, "%u..", number);
		else
			snprintf(buffer, size, "%u..%u", number, max);
		break;
	case MEMSCOPE_OPTION_PROBE:
		snprintf(buffer, size, "%s",
			 number == MEMSCOPE_PROBE_KPROBE ? "kprobe" : "auto");
		break;
	case MEMSCOPE_OPTION_NUMBER:
		snprintf(buffer, size, "%u", number);
		break;
	case MEMSCOPE_OPTION_HEX:
		snprintf(buffer, size, "0x%x", number);
		break;
	}
}

void memscope_options_resolve(struct memscope_options *options, uint32_t features)
{
	if (!options->features_add && !options->features_remove)
		return;
	features = (features | options->features_add) & ~options->features_remove;
	memscope_option_set_number(options, MEMSCOPE_A_FEATURES, features);
	options->features_add = 0;
	options->features_remove = 0;
}
