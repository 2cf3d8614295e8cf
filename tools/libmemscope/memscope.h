/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libmemscope: reads kernel allocation events from memscope.ko or from a
 * recording, and tells who allocates, who frees and what stays.
 *
 * Functions return 0 or -errno, print nothing and never exit. No object may be
 * used by two threads at a time; different objects may.
 */
#ifndef MEMSCOPE_H
#define MEMSCOPE_H

#include "event.h"
#include "options.h"
#include "client.h"
#include "recording.h"
#include "session.h"
#include "capture.h"
#include "merge.h"
#include "replay.h"
#include "model.h"
#include "report.h"

/* The version of this library, as in the file VERSION. */
const char *memscope_version(void);

#endif /* MEMSCOPE_H */
