// SPDX-License-Identifier: GPL-2.0
/*
 * `pin [site=A] [other=B] [slabs=N] [size=BYTES] [cpu=N]`
 * fills N slabs of a cache of its own with objects of site B, but for one object
 * of site A in each; then frees all of B's. Site A's objects now keep N nearly
 * empty slabs, until `unpin`. Process context, under pin_lock.
 */
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/vmalloc.h>

#include "cache.h"
#include "context.h"
#include "pin.h"
#include "site.h"

#define PIN_SLABS_MAX		2048
#define PIN_OBJECTS_MAX		(1U << 20)

struct pin {
	struct kmem_cache *cache;
	unsigned int site, other;
	u64 slabs, size;
	u64 pinned;			/* slabs that hold an object of A */
	u64 others;			/* objects of B that are live */
	u64 site_allocs, site_frees, other_allocs, other_frees, failed;
	size_t slab_bytes;
	void **pins, **filler;
};

static struct pin *pin;
static DEFINE_MUTEX(pin_lock);

static void *pin_alloc(struct pin *pin, unsigned int site, u64 *counter)
{
	void *p = load_site_calls[site].alloc(pin->cache, pin->size, GFP_KERNEL);

	if (p)
		(*counter)++;
	else
		pin->failed++;
	return p;
}

static void pin_free(struct pin *pin, unsigned int site, void *p, u64 *counter)
{
	(*counter)++;
	load_site_calls[site].free(pin->cache, p);
}

static bool slab_is_pinned(struct pin *pin, void *p)
{
	struct page *slab = virt_to_head_page(p);
	u64 i;

	/* the latest first: slabs are filled one after the other */
	for (i = pin->pinned; i; i--) {
		if (virt_to_head_page(pin->pins[i - 1]) == slab)
			return true;
	}
	return false;
}

/* The first object of a slab is A's. What B freed is what A then gets. */
static void pin_fill(struct pin *pin)
{
	while (pin->pinned < pin->slabs && pin->others < PIN_OBJECTS_MAX) {
		void *p = pin_alloc(pin, pin->other, &pin->other_allocs);

		if (!p)
			return;
		if (slab_is_pinned(pin, p)) {
			pin->filler[pin->others++] = p;
			continue;
		}
		pin_free(pin, pin->other, p, &pin->other_frees);
		p = pin_alloc(pin, pin->site, &pin->site_allocs);
		if (!p)
			return;
		if (slab_is_pinned(pin, p))
			pin_free(pin, pin->site, p, &pin->site_frees);
		else
			pin->pins[pin->pinned++] = p;
	}
}

static void pin_do(void *argument)
{
	struct pin *pin = argument;

	pin_fill(pin);
	while (pin->others)
		pin_free(pin, pin->other, pin->filler[--pin->others], &pin->other_frees);
	kmem_cache_shrink(pin->cache);
	if (pin->pinned)
		pin->slab_bytes = page_size(virt_to_head_page(pin->pins[0]));
}

static void pin_destroy(struct pin *pin)
{
	while (pin->pinned)
		pin_free(pin, pin->site, pin->pins[--pin->pinned], &pin->site_frees);
	kmem_cache_destroy(pin->cache);
	vfree(pin->pins);
	vfree(pin->filler);
	kfree(pin);
}

static struct pin *pin_create(u64 slabs, u64 size)
{
	struct pin *pin = kzalloc(sizeof(*pin), GFP_KERNEL);

	if (!pin)
		return NULL;
	pin->slabs = slabs;
	pin->size = size;
	pin->pins = vmalloc(array_size(slabs, sizeof(*pin->pins)));
	pin->filler = vmalloc(array_size(PIN_OBJECTS_MAX, sizeof(*pin->filler)));
	pin->cache = load_cache_create("memscope_load_pin", size);
	if (pin->pins && pin->filler && pin->cache)
		return pin;
	pin_destroy(pin);
	return NULL;
}

static void pin_tell(const struct pin *pin, struct load_result *result)
{
	load_result_string(result, "cache", "memscope_load_pin");
	load_result_u64(result, "site", pin->site);
	load_result_u64(result, "other", pin->other);
	load_result_u64(result, "size", pin->size);
	load_result_u64(result, "slabs", pin->pinned);
	load_result_u64(result, "slab_bytes", pin->slab_bytes);
	load_result_u64(result, "bytes_pinned", pin->pinned * pin->slab_bytes);
	load_result_u64(result, "site_allocs", pin->site_allocs);
	load_result_u64(result, "site_frees", pin->site_frees);
	load_result_u64(result, "other_allocs", pin->other_allocs);
	load_result_u64(result, "other_frees", pin->other_frees);
	load_result_u64(result, "alloc_failed", pin->failed);
	load_result_function(result, "site", load_site_calls[pin->site].alloc);
	load_result_function(result, "other", load_site_calls[pin->other].alloc);
}

int load_pin(struct load_command *command, struct load_result *result)
{
	u64 site, other, slabs, size;
	int cpu, error;

	error = load_command_u64(command, "site", 0, 0, LOAD_SITES - 1, &site) ?:
		load_command_u64(command, "other", 1, 0, LOAD_SITES - 1, &other) ?:
		load_command_u64(command, "slabs", 64, 1, PIN_SLABS_MAX, &slabs) ?:
		load_command_u64(command, "size", 256, 16, 4096, &size) ?:
		load_command_cpu(command, "cpu", cpumask_first(cpu_online_mask), &cpu) ?:
		load_command_end(command);
	if (error)
		return error;

	mutex_lock(&pin_lock);
	if (pin) {
		error = load_result_fail(result, -EBUSY, "slabs are pinned: `unpin` them");
		goto out;
	}
	pin = pin_create(slabs, size);
	if (!pin) {
		error = load_result_fail(result, -ENOMEM, "no memory for %llu slabs", slabs);
		goto out;
	}
	pin->site = site;
	pin->other = other;
	cpus_read_lock();
	error = load_context_call(LOAD_PROCESS, cpu, pin_do, pin);
	cpus_read_unlock();
	pin_tell(pin, result);
	if (error)
		load_result_fail(result, error, "no thread on CPU %d", cpu);
out:
	mutex_unlock(&pin_lock);
	return error;
}

/* `unpin`: frees A's objects too. */
int load_unpin(struct load_command *command, struct load_result *result)
{
	int error = load_command_end(command);

	if (error)
		return error;
	load_pin_exit();
	return 0;
}

void load_pin_exit(void)
{
	mutex_lock(&pin_lock);
	if (pin)
		pin_destroy(pin);
	pin = NULL;
	mutex_unlock(&pin_lock);
}
