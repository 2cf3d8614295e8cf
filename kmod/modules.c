// SPDX-License-Identifier: GPL-2.0
/*
 * Modules that come and go while a session runs.
 *
 * Each gives an event. Of one that goes, the names of its functions are kept,
 * so that stacks that show them can still be read: kallsyms forgets them. Init
 * functions go as soon as they have returned.
 *
 * The notifier runs in process context, before the text that goes is freed and
 * after the module's init or exit function has returned. The list of symbols
 * has a mutex of its own, taken last.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "event.h"
#include "filter.h"
#include "modules.h"

#define SYMBOLS_MAX	16384

static LIST_HEAD(symbols);
static u32 nr_symbols;
static DEFINE_MUTEX(symbols_lock);

static void put_event(const struct module *mod, bool going)
{
	struct memscope_event event = {};
	u32 bytes;

	ms_module_text(mod, &event.module.base, &bytes);
	event.module.bytes = going ? 0 : bytes;
	strscpy(event.module.name, mod->name, sizeof(event.module.name));
	ms_event_put(MEMSCOPE_EVENT_MODULE, MEMSCOPE_PATH_OTHER, NULL, &event);
}

/* The function at an address, or NULL; @size is set to what is left of it. */
static struct ms_symbol *symbol_at(u64 address, unsigned long *size)
{
	char name[KSYM_SYMBOL_LEN];
	struct ms_symbol *symbol;
	unsigned long offset;
	const char *plus;

	*size = 0;
	sprint_symbol(name, address);
	plus = strrchr(name, '+');
	if (!plus || sscanf(plus, "+0x%lx/0x%lx", &offset, size) != 2)
		return NULL;
	*size -= offset;
	if (offset)
		return NULL;
	symbol = kmalloc(struct_size(symbol, name, strlen(name) + 1), GFP_KERNEL);
	if (!symbol)
		return NULL;
	symbol->address = address;
	strscpy(symbol->name, name, strlen(name) + 1);
	return symbol;
}

/* Under symbols_lock. */
static void keep_symbols(u64 at, u32 bytes)
{
	struct ms_symbol *symbol;
	unsigned long size;
	u64 end;

	/* Init and exit text is not aligned: each function begins where one ends. */
	for (end = at + bytes; at < end && nr_symbols < SYMBOLS_MAX; at += size ? size : 1) {
		symbol = symbol_at(at, &size);
		if (!symbol)
			continue;
		list_add_tail(&symbol->list, &symbols);
		nr_symbols++;
	}
}

static void keep_module(const struct module *mod, bool going)
{
	u32 bytes;
	u64 base;

	mutex_lock(&symbols_lock);
	if (going) {
		ms_module_text(mod, &base, &bytes);
		keep_symbols(base, bytes);
	}
	/* Still there: init has just returned, or has failed. */
	ms_module_init_text(mod, &base, &bytes);
	keep_symbols(base, bytes);
	mutex_unlock(&symbols_lock);
}

static int on_module(struct notifier_block *block, unsigned long state, void *data)
{
	const struct module *mod = data;

	if (state == MODULE_STATE_COMING)
		put_event(mod, false);
	if (state == MODULE_STATE_LIVE)
		keep_module(mod, false);
	if (state != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	keep_module(mod, true);
	ms_filter_forget_sites();
	put_event(mod, true);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = on_module };

/**
 * ms_modules_start() - begin to watch
 *
 * Context: process, may sleep; events can be written.
 * Return: 0 or an error of register_module_notifier().
 */
int ms_modules_start(void)
{
	return register_module_notifier(&notifier);
}

/**
 * ms_modules_stop() - end it; symbols stay
 *
 * Context: process, may sleep.
 */
void ms_modules_stop(void)
{
	unregister_module_notifier(&notifier);
}

/**
 * ms_modules_reset() - forget the symbols
 *
 * Context: process, may sleep.
 */
void ms_modules_reset(void)
{
	struct ms_symbol *symbol, *next;

	mutex_lock(&symbols_lock);
	list_for_each_entry_safe(symbol, next, &symbols, list) {
		list_del(&symbol->list);
		kfree(symbol);
	}
	nr_symbols = 0;
	mutex_unlock(&symbols_lock);
}

/**
 * ms_modules_symbol() - a symbol by its place in the list
 * @index: from 0
 *
 * Context: process, under the session's mutex, which keeps the list from being
 * reset.
 * Return: the symbol, or NULL behind the last.
 */
const struct ms_symbol *ms_modules_symbol(u32 index)
{
	const struct ms_symbol *symbol, *found = NULL;

	mutex_lock(&symbols_lock);
	list_for_each_entry(symbol, &symbols, list) {
		if (!index--) {
			found = symbol;
			break;
		}
	}
	mutex_unlock(&symbols_lock);
	return found;
}
