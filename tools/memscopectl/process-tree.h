/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process and all that descend from it, however short-lived: forks are
 * heard of from the kernel's process connector, by a thread of its own, so
 * that none waits in the socket for long (it would look like a leak of whoever
 * forked).
 */
#ifndef MEMSCOPECTL_PROCESS_TREE_H
#define MEMSCOPECTL_PROCESS_TREE_H

#include <stdbool.h>
#include <stdint.h>

struct process_tree;

/* Begins to listen, before the first of the processes is let go. -errno */
int process_tree_start(struct process_tree **tree);
/* Ends it and works out who descends from root. -ENOBUFS: forks were missed. */
int process_tree_stop(struct process_tree *tree, uint32_t root);
/* True of every thread of the processes. */
bool process_tree_has(const struct process_tree *tree, uint32_t tid);
void process_tree_destroy(struct process_tree *tree);

#endif /* MEMSCOPECTL_PROCESS_TREE_H */
