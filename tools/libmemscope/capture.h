/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An attached session from its start to the end of its recording: waits for
 * READY, drains, takes stacks, names, counters and snapshots, and at the end
 * everything that makes the recording stand alone.
 */
#ifndef MEMSCOPE_CAPTURE_H
#define MEMSCOPE_CAPTURE_H

#include <stdint.h>

#include "client.h"
#include "recording.h"
#include "session.h"

struct memscope_capture;

/* Client (connected) and writer stay the caller's, and outlive the capture. */
int memscope_capture_create(struct memscope_capture **capture,
			    struct memscope_client *client, struct memscope_writer *writer);
void memscope_capture_destroy(struct memscope_capture *capture);

/* A sentence for the latest error; never NULL. */
const char *memscope_capture_error(const struct memscope_capture *capture);

/* Reads the kernel's symbols: slow, so before the session begins. */
int memscope_capture_prepare(struct memscope_capture *capture);
/* command: NULL-terminated words, or NULL; it goes into the recording */
int memscope_capture_start(struct memscope_capture *capture,
			   const struct memscope_options *options, char *const *command);

/**
 * memscope_capture_step() - waits once and takes what there is
 * @capture: started
 * @timeout_ms: at most so long
 * @wake_fd: ends the wait when it is readable; -1: none
 *
 * Return: 0, or -errno: then nothing more comes and memscope_capture_stop()
 * is to be called.
 */
int memscope_capture_step(struct memscope_capture *capture, int timeout_ms, int wake_fd);

/* Ends the session, takes the rest and finishes the recording. */
int memscope_capture_stop(struct memscope_capture *capture, const char *reason);

/* What is known: meta, and counters and paths of the latest second. */
const struct memscope_session *memscope_capture_session(const struct memscope_capture *capture);
uint64_t memscope_capture_event_count(const struct memscope_capture *capture);

#endif /* MEMSCOPE_CAPTURE_H */
