/* SPDX-License-Identifier: GPL-2.0 */
/* Contexts: call a function in process, softirq, hardirq or NMI context, on a CPU. */
#ifndef LOAD_CONTEXT_H
#define LOAD_CONTEXT_H

#include <linux/types.h>

enum load_context {
	LOAD_PROCESS,
	LOAD_SOFTIRQ,
	LOAD_HARDIRQ,
	LOAD_NMI,
	LOAD_CONTEXTS
};

#define LOAD_IN_PROCESS		(1U << LOAD_PROCESS)
#define LOAD_IN_SOFTIRQ		(1U << LOAD_SOFTIRQ)
#define LOAD_IN_HARDIRQ		(1U << LOAD_HARDIRQ)
#define LOAD_IN_NMI		(1U << LOAD_NMI)

extern const char *const load_context_names[LOAD_CONTEXTS];

int load_context_find(const char *name);
const char *load_context_missing(enum load_context context);
int load_context_call(enum load_context context, int cpu, void (*function)(void *),
		      void *argument);
int load_context_init(void);
void load_context_exit(void);

#endif /* LOAD_CONTEXT_H */
