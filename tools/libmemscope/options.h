/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options of a session: their names, how a user writes them, their values.
 * One table serves the command line, CONFIG, START, STATUS and recordings.
 */
#ifndef MEMSCOPE_OPTIONS_H
#define MEMSCOPE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../kmod/uapi/memscope.h"

#define MEMSCOPE_OPTION_FIRST	MEMSCOPE_A_PROBE
#define MEMSCOPE_OPTION_LAST	MEMSCOPE_A_FILTER_GFP
#define MEMSCOPE_OPTION_COUNT	(MEMSCOPE_OPTION_LAST - MEMSCOPE_OPTION_FIRST + 1)

enum memscope_option_kind {
	MEMSCOPE_OPTION_NUMBER,
	MEMSCOPE_OPTION_HEX,
	MEMSCOPE_OPTION_TEXT,
	MEMSCOPE_OPTION_PROBE,		/* auto, kprobe */
	MEMSCOPE_OPTION_FEATURES,	/* names with commas, each may have + or - */
	MEMSCOPE_OPTION_RANGE,		/* MIN..MAX, sets attr and the one after it */
};

struct memscope_option {
	const char *name;		/* on the command line, after -- */
	const char *key;		/* in JSON */
	const char *value;		/* what stands for its value in help */
	const char *help;
	uint16_t attr;			/* MEMSCOPE_A_* */
	uint16_t kind;
};

extern const struct memscope_option memscope_option_table[];
extern const size_t memscope_option_table_count;

/**
 * struct memscope_options - values of options, by attribute
 * @set: bit (attribute - MEMSCOPE_OPTION_FIRST): this one is given
 * @number: u32 attributes
 * @text: string attributes
 * @features_add: features to switch on above those in force
 * @features_remove: features to switch off below those in force
 */
struct memscope_options {
	uint64_t set;
	uint32_t number[MEMSCOPE_OPTION_COUNT];
	char text[MEMSCOPE_OPTION_COUNT][MEMSCOPE_NAME_LEN];
	uint32_t features_add;
	uint32_t features_remove;
};

static inline bool memscope_option_is_set(const struct memscope_options *options,
					  unsigned int attr)
{
	return options->set >> (attr - MEMSCOPE_OPTION_FIRST) & 1;
}

static inline uint32_t memscope_option_number(const struct memscope_options *options,
					      unsigned int attr)
{
	return options->number[attr - MEMSCOPE_OPTION_FIRST];
}

static inline const char *memscope_option_text(const struct memscope_options *options,
					       unsigned int attr)
{
	return options->text[attr - MEMSCOPE_OPTION_FIRST];
}

/* True where the attribute holds a string. */
bool memscope_option_is_text(unsigned int attr);

void memscope_option_set_number(struct memscope_options *options, unsigned int attr,
				uint32_t value);

/* -ENAMETOOLONG if it does not fit. */
int memscope_option_set_text(struct memscope_options *options, unsigned int attr,
			     const char *value);

/* Reads a user's value. -EINVAL or -ERANGE: not one of this option's kind. */
int memscope_option_parse(struct memscope_options *options,
			  const struct memscope_option *option, const char *value);

/* Prints the value in force as a user would write it; always terminated. */
void memscope_option_format(const struct memscope_options *options,
			    const struct memscope_option *option,
			    char *buffer, size_t size);

/* Turns features given with + and - into a set, from those in force. */
void memscope_options_resolve(struct memscope_options *options, uint32_t features);

/* Name of one feature bit, NULL beyond the last. */
const char *memscope_feature_name(unsigned int bit);

#endif /* MEMSCOPE_OPTIONS_H */
