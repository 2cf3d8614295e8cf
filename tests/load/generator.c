// SPDX-License-Identifier: GPL-2.0
/*
 * `generate ms=T [seed=N] [objects=N] [drain=yes]`
 *	runs all sites for T ms, and tells of each what it really did. Objects that
 *	live on are kept (drain=yes: only those that nothing but `release` ends).
 * `release [forget=yes]`: frees what is kept, and forgets the sites.
 *
 * One thread a CPU does what is due there, in order of time: arrivals of its sites,
 * and frees. An object to be freed on another CPU is due on that one. Objects in
 * flight come from a pool under a lock of its own; generator_lock is held by each
 * of the commands.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "due.h"
#include "generator.h"
#include "site-set.h"

#define GENERATOR_MS_MAX	3600000
#define DUE_KEPT		(LOAD_NEVER - 1)

/* An object of a site without a working set. */
struct object {
	void *p;
	u64 born, due;			/* due: LOAD_NEVER: free pool entry */
	u32 site;
	u32 next;			/* in the pool's list */
};

struct worker {
	struct generator *generator;
	struct task_struct *task;
	int cpu;
	struct load_due_heap heap;	/* what: a site, or LOAD_SITES + an object */
	struct completion ready;
};

struct generator {
	u64 start_ns, end_ns, duration_ns;
	bool drain, started, go, stop;
	atomic_t running;
	struct completion done;
	spinlock_t pool_lock;
	struct object *pool;
	u32 pool_size, pool_first;	/* pool_first: under pool_lock */
	u64 pool_empty;			/* arrivals that found no entry; pool_lock */
	struct worker *worker;		/* by CPU number */
};

static DEFINE_MUTEX(generator_lock);
static struct load_site *sites;		/* LOAD_SITES of them */
static struct generator *generated;	/* with objects that live on */

static void worker_give(struct worker *worker, u64 ns, u32 what)
{
	struct task_struct *task = worker->task;

	if (load_due_push(&worker->heap, ns, what) && task && task != current)
		wake_up_process(task);
}

static struct object *pool_get(struct generator *generator)
{
	struct object *object = NULL;

	spin_lock(&generator->pool_lock);
	if (generator->pool_first < generator->pool_size) {
		object = &generator->pool[generator->pool_first];
		generator->pool_first = object->next;
	} else {
		generator->pool_empty++;
	}
	spin_unlock(&generator->pool_lock);
	return object;
}

static void pool_put(struct generator *generator, struct object *object)
{
	object->due = LOAD_NEVER;
	spin_lock(&generator->pool_lock);
	object->next = generator->pool_first;
	generator->pool_first = object - generator->pool;
	spin_unlock(&generator->pool_lock);
}

static void *site_alloc(struct load_site *site, u64 *now)
{
	void *p;

	*now = ktime_get_ns();
	p = load_site_calls[site - sites].alloc(site->reuse.cache, site->size, GFP_KERNEL);
	if (!p) {
		site->truth.failed++;
		return NULL;
	}
	load_site_truth_alloc(&site->truth, *now, (unsigned long)p, site->reuse.stride);
	site->truth.bytes_req += site->size;
	if (!site->reuse.cache)
		site->truth.bytes_alloc += load_kmalloc_bytes(site->size, p);
	return p;
}

/* By the thread that frees the site's objects, or when all threads have ended. */
static void site_free(struct load_site *site, void *p, u64 born)
{
	u64 now = ktime_get_ns();

	load_site_truth_lifetime(&site->truth, now - born);
	load_site_truth_free(&site->truth, (unsigned long)p, site->free_cpu >= 0);
	load_site_calls[site - sites].free(site->reuse.cache, p);
}

static void object_free(struct generator *generator, struct object *object)
{
	site_free(&sites[object->site], object->p, object->born);
	pool_put(generator, object);
}

static void held_free(struct load_site *site, struct load_held *held)
{
	if (held->p)
		site_free(site, (void *)held->p, held->born);
	held->p = 0;
}

/* An arrival at a site with a working set. */
static void arrive_reuse(struct load_site *site)
{
	struct load_reuse *reuse = &site->reuse;
	struct load_held *held;
	unsigned int i;

	if (reuse->kind == LOAD_REUSE_SEQUENTIAL || reuse->kind == LOAD_REUSE_RANDOM) {
		if (reuse->used == reuse->n) {
			load_reuse_order(reuse, &site->random);
			for (i = 0; i < reuse->used; i++)
				held_free(site, &reuse->held[i]);
			reuse->used = 0;
		}
		held = &reuse->held[reuse->used++];
	} else {
		held = &reuse->held[load_reuse_pick(reuse, &site->random)];
		held_free(site, held);
	}
	held->p = (unsigned long)site_alloc(site, &held->born);
}

/* An arrival at a site whose lifetime= says when the object goes. */
static void arrive_plain(struct generator *generator, struct load_site *site)
{
	struct object *object = pool_get(generator);
	int cpu = site->free_cpu < 0 ? site->cpu : site->free_cpu;
	u64 life;

	if (!object)
		return;
	object->p = site_alloc(site, &object->born);
	if (!object->p) {
		pool_put(generator, object);
		return;
	}
	object->site = site - sites;
	object->due = DUE_KEPT;
	life = load_lifetime_draw(&site->lifetime, &site->random);
	if (life != LOAD_NEVER) {
		object->due = object->born + life;
		worker_give(&generator->worker[cpu], object->due,
			  LOAD_SITES + (object - generator->pool));
	} else if (site->lifetime.kind == LOAD_LIFETIME_WARMUP) {
		u32 *place = &site->ring[site->arrivals % site->lifetime.a];

		if (site->arrivals >= site->lifetime.a)
			object_free(generator, &generator->pool[*place]);
		*place = object - generator->pool;
	}
	site->arrivals++;
}

static void arrive(struct worker *worker, struct load_site *site, u64 due)
{
	struct generator *generator = worker->generator;
	u64 next;

	if (site->reuse.kind != LOAD_REUSE_NONE)
		arrive_reuse(site);
	else
		arrive_plain(generator, site);
	next = load_arrival_next(&site->arrival, &site->random, due - generator->start_ns);
	if (next < generator->duration_ns)
		worker_give(worker, generator->start_ns + next, site - sites);
}

/* Does all that is due. Returns when the next is: LOAD_NEVER, nothing is left. */
static u64 worker_do(struct worker *worker)
{
	struct load_due due;
	u64 next;

	while (!(next = load_due_pop(&worker->heap, ktime_get_ns(), &due))) {
		if (due.what < LOAD_SITES)
			arrive(worker, &sites[due.what], due.ns);
		else
			object_free(worker->generator,
				    &worker->generator->pool[due.what - LOAD_SITES]);
		cond_resched();
	}
	return next;
}

/*
 * One round. The state is set before the heap is looked at, so that a free which
 * another CPU gives after that ends the sleep. Returns false when all is done.
 */
static bool worker_round(struct worker *worker)
{
	struct generator *generator = worker->generator;
	u64 next = worker_do(worker), end = generator->end_ns;
	ktime_t until;

	if (ktime_get_ns() >= end) {
		if (!generator->drain || next == LOAD_NEVER)
			return false;
		end = LOAD_NEVER;
	}
	set_current_state(TASK_INTERRUPTIBLE);
	if (load_due_first(&worker->heap) >= next && !READ_ONCE(generator->stop)) {
		until = ns_to_ktime(min(next, end));
		schedule_hrtimeout_range(&until, 0, HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
	return true;
}

static void worker_prime(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < LOAD_SITES; i++) {
		if (sites[i].configured && sites[i].cpu == worker->cpu)
			load_reuse_prime(&sites[i].reuse);
	}
	complete(&worker->ready);
	while (!READ_ONCE(worker->generator->go) && !READ_ONCE(worker->generator->stop))
		schedule_timeout_interruptible(1);
}

static int worker_thread(void *argument)
{
	struct worker *worker = argument;
	struct generator *generator = worker->generator;

	worker_prime(worker);
	while (!READ_ONCE(generator->stop) && worker_round(worker))
		;
	if (atomic_dec_and_test(&generator->running))
		complete_all(&generator->done);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static void generator_free(struct generator *generator)
{
	int cpu;

	if (!generator)
		return;
	for (cpu = 0; generator->worker && cpu < nr_cpu_ids; cpu++)
		load_due_fini(&generator->worker[cpu].heap);
	vfree(generator->worker);
	vfree(generator->pool);
	kfree(generator);
}

static int worker_init(struct generator *generator, int cpu)
{
	struct worker *worker = &generator->worker[cpu];

	worker->generator = generator;
	worker->cpu = cpu;
	init_completion(&worker->ready);
	/* an object is due once, and so is a site */
	return load_due_init(&worker->heap, generator->pool_size + LOAD_SITES);
}

static struct generator *generator_create(u64 objects)
{
	struct generator *generator = kzalloc(sizeof(*generator), GFP_KERNEL);
	u32 i;
	int cpu;

	if (!generator)
		return NULL;
	spin_lock_init(&generator->pool_lock);
	init_completion(&generator->done);
	generator->pool_size = objects;
	generator->pool = vmalloc(array_size(objects, sizeof(*generator->pool)));
	generator->worker = vzalloc(array_size(nr_cpu_ids, sizeof(*generator->worker)));
	if (!generator->pool || !generator->worker)
		goto undo;
	for_each_online_cpu(cpu) {
		if (worker_init(generator, cpu))
			goto undo;
	}
	for (i = 0; i < objects; i++) {
		generator->pool[i].due = LOAD_NEVER;
		generator->pool[i].next = i + 1;
	}
	return generator;

undo:
	generator_free(generator);
	return NULL;
}

/* None ends before all have stopped working: they wake each other. */
static void workers_stop(struct generator *generator)
{
	int cpu;

	WRITE_ONCE(generator->stop, true);
	if (generator->started) {
		for_each_online_cpu(cpu)
			wake_up_process(generator->worker[cpu].task);
		wait_for_completion(&generator->done);
	}
	for_each_online_cpu(cpu) {
		if (generator->worker[cpu].task)
			kthread_stop(generator->worker[cpu].task);
		generator->worker[cpu].task = NULL;
	}
}

/* One thread a CPU; then the caches are primed and each site has its first arrival. */
static int workers_start(struct generator *generator)
{
	int cpu;

	for_each_online_cpu(cpu) {
		struct worker *worker = &generator->worker[cpu];
		struct task_struct *task;

		task = kthread_create(worker_thread, worker, "memscope_gen/%d", cpu);
		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, cpu);
		worker->task = task;
		atomic_inc(&generator->running);
	}
	generator->started = true;
	for_each_online_cpu(cpu)
		wake_up_process(generator->worker[cpu].task);
	for_each_online_cpu(cpu)
		wait_for_completion(&generator->worker[cpu].ready);
	return 0;
}

static void sites_start(struct generator *generator)
{
	unsigned int i;

	generator->start_ns = ktime_get_ns() + 10 * NSEC_PER_MSEC;
	generator->end_ns = generator->start_ns + generator->duration_ns;
	for (i = 0; i < LOAD_SITES; i++) {
		struct load_site *site = &sites[i];
		u64 first;

		if (!site->configured)
			continue;
		first = load_arrival_first(&site->arrival, &site->random, generator->duration_ns);
		if (first < generator->duration_ns)
			worker_give(&generator->worker[site->cpu], generator->start_ns + first, i);
	}
	WRITE_ONCE(generator->go, true);
}

/* Objects that outlive the run: what their lifetimes would have been. */
static void sites_outlived(struct generator *generator)
{
	u32 i;

	for (i = 0; i < generator->pool_size; i++) {
		struct object *object = &generator->pool[i];

		if (object->due < DUE_KEPT)
			load_site_truth_lifetime(&sites[object->site].truth,
						 object->due - object->born);
	}
}

static void generator_tell(struct generator *generator, struct load_result *result)
{
	load_result_u64(result, "start_ns", generator->start_ns);
	load_result_u64(result, "end_ns", generator->end_ns);
	load_result_u64(result, "pool_empty", generator->pool_empty);
	load_site_set_tell(sites, result);
}

static void generator_release(bool forget);

static int generator_go(struct generator *generator, u64 seed)
{
	int error = load_site_set_prepare(sites, seed) ?: workers_start(generator);

	if (!error) {
		sites_start(generator);
		if (wait_for_completion_killable(&generator->done))
			error = -EINTR;
	}
	workers_stop(generator);
	return error;
}

int load_generator_run(struct load_command *command, struct load_result *result)
{
	struct generator *generator;
	u64 ms, seed, objects;
	bool drain;
	int error;

	error = load_command_u64(command, "ms", 1000, 1, GENERATOR_MS_MAX, &ms) ?:
		load_command_u64(command, "seed", 1, 0, U64_MAX, &seed) ?:
		load_command_u64(command, "objects", 65536, 1, 1U << 22, &objects) ?:
		load_command_flag(command, "drain", false, &drain) ?:
		load_command_end(command);
	if (error)
		return error;

	mutex_lock(&generator_lock);
	cpus_read_lock();
	if (!sites || generated) {
		error = load_result_fail(result, generated ? -EBUSY : -ENOENT, generated ?
					 "objects of the last run are kept: `release` them" :
					 "no site is configured");
		goto out;
	}
	generator = generator_create(objects);
	if (!generator) {
		error = load_result_fail(result, -ENOMEM, "no memory for %llu objects", objects);
		goto out;
	}
	generator->duration_ns = ms * NSEC_PER_MSEC;
	generator->drain = drain;
	generated = generator;
	error = generator_go(generator, seed);
	if (!error) {
		sites_outlived(generator);
		generator_tell(generator, result);
	} else {
		load_result_fail(result, error, "it could not run to its end");
		generator_release(false);
	}
out:
	cpus_read_unlock();
	mutex_unlock(&generator_lock);
	return error;
}

/* The caller holds generator_lock; no worker runs. */
static void generator_release(bool forget)
{
	unsigned int i, k;

	for (i = 0; generated && i < generated->pool_size; i++) {
		if (generated->pool[i].due != LOAD_NEVER)
			object_free(generated, &generated->pool[i]);
	}
	for (i = 0; sites && i < LOAD_SITES; i++) {
		struct load_site *site = &sites[i];

		for (k = 0; site->reuse.held && k < site->reuse.n; k++)
			held_free(site, &site->reuse.held[k]);
		site->reuse.used = 0;
	}
	if (forget && sites)
		load_site_set_forget(sites);
	generator_free(generated);
	generated = NULL;
}

int load_generator_release(struct load_command *command, struct load_result *result)
{
	bool forget;
	int error = load_command_flag(command, "forget", false, &forget) ?:
		    load_command_end(command);

	if (error)
		return error;
	mutex_lock(&generator_lock);
	generator_release(forget);
	mutex_unlock(&generator_lock);
	return 0;
}

int load_generator_site(struct load_command *command, struct load_result *result)
{
	const char *id = load_command_string(command, "id", "");
	unsigned int first = LOAD_SITES, last;
	int parts = sscanf(id, "%u-%u", &first, &last), error;

	if (parts == 1)
		last = first;
	if (parts < 1 || first > last || last >= LOAD_SITES)
		return load_result_fail(result, -ERANGE, "id=%s: 0 to %u, or two of them with a -",
					id, LOAD_SITES - 1);
	mutex_lock(&generator_lock);
	if (!sites)
		sites = load_site_set_create();
	if (!sites)
		error = load_result_fail(result, -ENOMEM, "no memory for sites");
	else if (generated)
		error = load_result_fail(result, -EBUSY,
					 "objects of the last run are kept: `release` them");
	else
		error = load_site_set_parse(command, sites, first, last);
	mutex_unlock(&generator_lock);
	return error;
}

void load_generator_exit(void)
{
	mutex_lock(&generator_lock);
	generator_release(true);
	load_site_set_destroy(sites);
	mutex_unlock(&generator_lock);
}
