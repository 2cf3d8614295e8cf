// SPDX-License-Identifier: GPL-2.0
/*
 * The ring with its writer on one thread, interrupted at random steps, and the
 * reader on another. Built with ThreadSanitizer too, which sees any access that
 * the ring's barriers do not order. Without it, signals interrupt the writer at
 * any instruction.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include "ring_model.h"

static struct ring_model model;
static struct unit_random random_state;
static unsigned long to_write;
static unsigned int nested;
static bool done;

static void interrupt(void)
{
	if (nested >= 3 || unit_next(&random_state) % 4)
		return;
	nested++;
	ring_model_write(&model);
	nested--;
}

static void *writer(void *unused)
{
	(void)unused;
	shim_hook = interrupt;
	while (model.offered < to_write)
		ring_model_write(&model);
	shim_hook = NULL;
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void *reader(void *unused)
{
	bool last;

	(void)unused;
	do {
		last = __atomic_load_n(&done, __ATOMIC_ACQUIRE);
		while (ring_model_read(&model, 64))
			;
	} while (!last);
	return NULL;
}

static void run(u32 slots, unsigned long events)
{
	pthread_t threads[2];

	ring_model_init(&model, slots);
	nested = 0;
	done = false;
	to_write = events;
	assert_int_equal(pthread_create(&threads[0], NULL, reader, NULL), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, writer, NULL), 0);
	pthread_join(threads[1], NULL);
	pthread_join(threads[0], NULL);
	assert_int_equal(ms_ring_used(&model.ring), 0);
	ring_model_check(&model);
	print_message("# %u slots: %lu offered, %lu read, %lu lost\n", slots, model.offered,
		      model.read, model.refused);
	assert_true(model.read > 0);
	ring_model_fini(&model);
}

static void small_ring_that_loses(void **state)
{
	random_state = unit_random("small_ring_that_loses");
	run(2, 100000);
	run(16, 200000);
}

static void large_ring(void **state)
{
	random_state = unit_random("large_ring");
	run(1024, 300000);
}

#ifndef __SANITIZE_THREAD__
static volatile sig_atomic_t signals;

/* On the writer's thread, anywhere in it. */
static void on_signal(int number)
{
	struct memscope_event *event;

	(void)number;
	signals++;
	if (ms_ring_reserve(&model.ring, &event))
		ms_ring_commit(event, ms_ring_word(MEMSCOPE_EVENT_FREE, 0, 0, 0));
}

static void *signalled_writer(void *unused)
{
	struct memscope_event *event;
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	while (model.offered < to_write || signals < 100) {
		model.offered++;
		if (ms_ring_reserve(&model.ring, &event)) {
			event->ptr = model.offered;
			ms_ring_commit(event, ms_ring_word(MEMSCOPE_EVENT_ALLOC, 0, 0, 0));
		}
	}
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void *signalled_reader(void *unused)
{
	struct memscope_event events[64];
	uint64_t last = 0;
	bool ended;
	u32 got, i;

	(void)unused;
	do {
		ended = __atomic_load_n(&done, __ATOMIC_ACQUIRE);
		while ((got = ms_ring_read(&model.ring, events, 64, ms_ring_head(&model.ring)))) {
			for (i = 0; i < got; i++) {
				if (events[i].type == MEMSCOPE_EVENT_FREE)
					continue;
				assert_int_equal(events[i].type, MEMSCOPE_EVENT_ALLOC);
				assert_true(events[i].ptr > last);
				last = events[i].ptr;
			}
			model.read += got;
		}
	} while (!ended);
	return NULL;
}

static void writers_in_signal_handlers(void **state)
{
	struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { 0 };
	pthread_t threads[2];
	sigset_t set;

	signal(SIGALRM, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	ring_model_init(&model, 64);
	done = false;
	to_write = 2000000;
	assert_int_equal(pthread_create(&threads[0], NULL, signalled_reader, NULL), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, signalled_writer, NULL), 0);
	setitimer(ITIMER_REAL, &often, NULL);
	pthread_join(threads[1], NULL);
	setitimer(ITIMER_REAL, &never, NULL);
	pthread_join(threads[0], NULL);
	signal(SIGALRM, SIG_IGN);
	print_message("# %lu writes, %d of signals, %lu read, %ld lost\n", model.offered,
		      (int)signals, model.read, local_read(&model.ring.lost));
	assert_int_equal(model.offered + signals, model.read + local_read(&model.ring.lost));
	assert_int_equal(ms_ring_used(&model.ring), 0);
	ring_model_fini(&model);
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_ring_that_loses),
		cmocka_unit_test(large_ring),
#ifndef __SANITIZE_THREAD__
		cmocka_unit_test(writers_in_signal_handlers),
#endif
	};

	return cmocka_run_group_tests_name("ring, threads", tests, NULL, NULL);
}
