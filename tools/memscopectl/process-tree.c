// SPDX-License-Identifier: GPL-2.0
/*
 * A process and its descendants, by the process connector.
 *
 * The thread alone touches the list of forks until it has been joined.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "process-tree.h"

#define BUFFER_BYTES	(4 << 20)
#define TIDS_MAX	(1U << 22)	/* the kernel's own limit */

struct fork {
	uint32_t parent;		/* thread */
	uint32_t parent_process;
	uint32_t child;
};

struct process_tree {
	int socket, stop;
	pthread_t thread;
	bool running;
	int error;
	struct fork *forks;
	size_t fork_count, fork_room;
	uint64_t *members;		/* a bit a thread, once it has been stopped */
};

/* Asks the kernel to begin, or to end. */
static int ask(int fd, enum proc_cn_mcast_op op)
{
	struct {
		struct nlmsghdr header;
		struct cn_msg message;
		enum proc_cn_mcast_op op;
	} __attribute__((packed, aligned(NLMSG_ALIGNTO))) request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = NLMSG_DONE },
		.message = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof(op) },
		.op = op,
	};

	return send(fd, &request, sizeof(request), 0) == sizeof(request) ? 0 : -errno;
}

static int add_fork(struct process_tree *tree, const struct proc_event *event)
{
	if (tree->fork_count == tree->fork_room) {
		size_t room = tree->fork_room ? tree->fork_room * 2 : 1024;
		struct fork *forks = realloc(tree->forks, room * sizeof(*forks));

		if (!forks)
			return -ENOMEM;
		tree->forks = forks;
		tree->fork_room = room;
	}
	tree->forks[tree->fork_count++] = (struct fork){
		.parent = event->event_data.fork.parent_pid,
		.parent_process = event->event_data.fork.parent_tgid,
		.child = event->event_data.fork.child_pid,
	};
	return 0;
}

/* 1: took a message, 0: there is none. */
static int take_message(struct process_tree *tree)
{
	char buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *header = (const void *)buffer;
	const struct cn_msg *message = NLMSG_DATA(header);
	struct proc_event event = { 0 };
	ssize_t bytes;
	size_t have;

	bytes = recv(tree->socket, buffer, sizeof(buffer), MSG_DONTWAIT);
	if (bytes < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	have = (size_t)bytes;
	if (have < NLMSG_HDRLEN + sizeof(*message) || message->id.idx != CN_IDX_PROC)
		return 1;
	have -= NLMSG_HDRLEN + sizeof(*message);
	memcpy(&event, message->data, have < sizeof(event) ? have : sizeof(event));
	if (have < offsetof(struct proc_event, event_data) + sizeof(event.event_data.fork) ||
	    event.what != PROC_EVENT_FORK)
		return 1;
	return add_fork(tree, &event) ?: 1;
}

static void *listen_to_forks(void *ctx)
{
	struct process_tree *tree = ctx;
	struct pollfd fds[] = { { .fd = tree->socket, .events = POLLIN },
				{ .fd = tree->stop, .events = POLLIN } };
	int got;

	for (;;) {
		while ((got = take_message(tree)) > 0)
			;
		if (got < 0 && !tree->error)
			tree->error = got;
		/* What is readable when it is stopped has been taken by then. */
		if (fds[1].revents || (got < 0 && got != -ENOBUFS))
			return NULL;
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return NULL;
	}
}

static int open_socket(struct process_tree *tree)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	int bytes = BUFFER_BYTES;

	tree->socket = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	if (tree->socket < 0)
		return -errno;
	setsockopt(tree->socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (bind(tree->socket, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return ask(tree->socket, PROC_CN_MCAST_LISTEN);
}

int process_tree_start(struct process_tree **tree)
{
	struct process_tree *t = calloc(1, sizeof(*t));
	sigset_t all, before;
	int err;

	if (!t)
		return -ENOMEM;
	t->socket = -1;
	t->stop = eventfd(0, EFD_CLOEXEC);
	err = t->stop < 0 ? -errno : open_socket(t);
	if (!err) {
		/* Signals are for the thread that records. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		err = -pthread_create(&t->thread, NULL, listen_to_forks, t);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	if (err) {
		process_tree_destroy(t);
		return err;
	}
	t->running = true;
	*tree = t;
	return 0;
}

static void end_thread(struct process_tree *tree)
{
	uint64_t one = 1;

	if (!tree->running)
		return;
	while (write(tree->stop, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(tree->thread, NULL);
	tree->running = false;
	ask(tree->socket, PROC_CN_MCAST_IGNORE);
}

static void put(uint64_t *members, uint32_t tid)
{
	if (tid < TIDS_MAX)
		members[tid / 64] |= 1ULL << tid % 64;
}

static bool has(const uint64_t *members, uint32_t tid)
{
	return tid < TIDS_MAX && members[tid / 64] >> tid % 64 & 1;
}

int process_tree_stop(struct process_tree *tree, uint32_t root)
{
	size_t i;

	end_thread(tree);
	if (tree->error)
		return tree->error;
	tree->members = calloc(TIDS_MAX / 64, sizeof(*tree->members));
	if (!tree->members)
		return -ENOMEM;
	put(tree->members, root);
	/* A fork comes before those of its child. */
	for (i = 0; i < tree->fork_count; i++) {
		const struct fork *fork = &tree->forks[i];

		if (has(tree->members, fork->parent) || has(tree->members, fork->parent_process))
			put(tree->members, fork->child);
	}
	return 0;
}

bool process_tree_has(const struct process_tree *tree, uint32_t tid)
{
	return tree->members && has(tree->members, tid);
}

void process_tree_destroy(struct process_tree *tree)
{
	if (!tree)
		return;
	end_thread(tree);
	if (tree->socket >= 0)
		close(tree->socket);
	if (tree->stop >= 0)
		close(tree->stop);
	free(tree->forks);
	free(tree->members);
	free(tree);
}
