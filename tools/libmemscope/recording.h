/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings: everything one session gave, in one file that needs nothing
 * else to be read. Written front to back, so a pipe will do; whatever was
 * written before a crash or a full disk can be read.
 *
 * Format, version 1.0
 *
 *	Numbers are little endian. A varint is LEB128: 7 bits a byte, lowest
 *	first, the top bit set in all but the last. zigzag(d) is d << 1 for
 *	d >= 0 and ~(d << 1) below, so that small differences of either sign are
 *	small; differences wrap at the width of their field. Text ends with NUL.
 *
 *	file	= header chunk*
 *	header	= magic[8] "\x89mscope\n", u16 major, u16 minor,
 *		  u32 low half of XXH3_64bits over the 12 bytes before
 *	chunk	= u32 magic "MSCH", u16 type, u16 flags, u32 cpu, u32 count,
 *		  u32 stored, u32 bytes, u64 checksum, payload of `stored` bytes
 *
 *	flags: bit 0: the payload is a zstd frame of `bytes` bytes, else
 *	stored == bytes. bytes is at most 64 MiB. The checksum is XXH3_64bits
 *	over the chunk's header with a checksum of 0 and its payload as stored.
 *	A reader skips types it does not know, refuses a higher major version,
 *	and ends at the first chunk that is cut short or fails its checksum.
 *
 *	Chunks, by type. The first is META, the last END.
 *
 *	1 META		JSON object: see meta.h
 *	2 EVENTS	events of cpu, count of them, in the order they were
 *			reserved. Eight columns, first the u32 lengths of all,
 *			then their bytes. A slab event is of a type from alloc
 *			to pages_free: sizes, stacks and pointers are of those,
 *			bodies of the others.
 *			kinds	    varint: index in the dictionary; one past its
 *				    end takes the next entry
 *			dictionary  u8 type, u8 flags, varint cache, varint gfp,
 *				    zigzag varint of call_site less the entry's
 *				    before (gfp and call_site 0 if no slab event)
 *			times	    zigzag varint: time_ns less the event before
 *			tids	    the same of tid
 *			sizes	    varint: 2 * zigzag(bytes_req less the latest
 *				    of the kind) + x; if x is 1, zigzag varint of
 *				    bytes_alloc less the latest of the kind
 *			stacks	    varint: 0 no stack, else 1 + zigzag(id less
 *				    the latest of the kind)
 *			pointers    varint: how many slab events ago, in this
 *				    chunk, ptr was last seen; 0: not yet, then
 *				    zigzag varint of ptr less the latest such
 *			bodies	    four zigzag varints: the event's last 32 bytes
 *				    as u64, each less that of the type's latest
 *			What comes first is taken against 0.
 *	3 FLOORS	u64 floor of each CPU, count of them: ends a round (see
 *			merge.h); all bits set where there is no such CPU
 *	4 STACKS	count times: varint id less the one before, varint
 *			frames, then for each frame a varint: 0 and the zigzag
 *			varint of the address less the latest address put so, or
 *			n: the n-th address put so in this chunk
 *	5 SYMBOLS	count times: u64 address, u32 size (0: unknown), text
 *			name, text module ("": the kernel)
 *	6 MODULES	JSON array of { name, base, size, build_id,
 *			sections: { name: address } }, numbers as "0x.."
 *	7 CACHES	count times: u32 id, u32 object_size, u32 size, text name
 *	8 TASKS		count times: u32 tid, u32 tgid, text comm
 *	9 SNAPSHOT	u64 time_ns, then count times: text path below /proc,
 *			u32 bytes, the file
 *	10 COUNTERS	u64 time_ns, u32 counters a CPU, then for each of count
 *			CPUs as many u64, by enum memscope_counter
 *	11 PATHS	JSON array of { path, name, attached, symbol, hits, missed,
 *			without }
 *	12 END		JSON object { ended_ns, events, bytes, reason }
 *
 *	Stacks, symbols and caches may come after the events that name them; a
 *	later CACHES, TASKS, MODULES, COUNTERS or PATHS replaces the earlier.
 */
#ifndef MEMSCOPE_RECORDING_H
#define MEMSCOPE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "symbol.h"
#include "task.h"

#define MEMSCOPE_RECORDING_MAJOR	1
#define MEMSCOPE_RECORDING_MINOR	0

#define MEMSCOPE_CHUNK_BYTES_MAX	(64U << 20)

enum memscope_chunk_type {
	MEMSCOPE_CHUNK_META = 1,
	MEMSCOPE_CHUNK_EVENTS,
	MEMSCOPE_CHUNK_FLOORS,
	MEMSCOPE_CHUNK_STACKS,
	MEMSCOPE_CHUNK_SYMBOLS,
	MEMSCOPE_CHUNK_MODULES,
	MEMSCOPE_CHUNK_CACHES,
	MEMSCOPE_CHUNK_TASKS,
	MEMSCOPE_CHUNK_SNAPSHOT,
	MEMSCOPE_CHUNK_COUNTERS,
	MEMSCOPE_CHUNK_PATHS,
	MEMSCOPE_CHUNK_END,
};

/* As on disk. */
struct memscope_chunk_header {
	uint32_t magic;
	uint16_t type;
	uint16_t flags;
	uint32_t cpu;
	uint32_t count;
	uint32_t stored;
	uint32_t bytes;
	uint64_t checksum;
};

/*
 * Writing. The first error sticks: what follows is dropped, the file is cut
 * behind its last whole chunk, and every function returns that error.
 */
struct memscope_writer;

/*
 * Creates or replaces path: -EEXIST: it is there and no recording. What was
 * there goes, and a new file stays, when the first chunk is written.
 */
int memscope_writer_create(struct memscope_writer **writer, const char *path);
/* The same on a descriptor, which is closed in the end. */
int memscope_writer_create_fd(struct memscope_writer **writer, int fd);
/* Without memscope_writer_finish() the recording stays without its end. */
void memscope_writer_destroy(struct memscope_writer *writer);

int memscope_writer_meta(struct memscope_writer *writer, const char *json);
int memscope_writer_json(struct memscope_writer *writer, enum memscope_chunk_type type,
			 const char *json);
int memscope_writer_events(struct memscope_writer *writer,
			   const struct memscope_batch *batch);
/*
 * Ends a round: floors as for memscope_merge_round(). Small rounds are kept
 * back and written as one, until there are enough events or flush is set.
 */
int memscope_writer_round(struct memscope_writer *writer, const uint64_t *floors,
			  size_t count, bool flush);
int memscope_writer_stack(struct memscope_writer *writer, const struct memscope_stack *stack);
int memscope_writer_symbol(struct memscope_writer *writer,
			   const struct memscope_symbol *symbol);
int memscope_writer_cache(struct memscope_writer *writer, const struct memscope_cache *cache);
int memscope_writer_task(struct memscope_writer *writer, const struct memscope_task *task);

struct memscope_snapshot_file {
	const char *path;		/* below /proc */
	const char *data;
	size_t bytes;
};

int memscope_writer_snapshot(struct memscope_writer *writer, uint64_t time_ns,
			     const struct memscope_snapshot_file *files, size_t count);
/* values: cpus * MEMSCOPE_COUNTERS */
int memscope_writer_counters(struct memscope_writer *writer, uint64_t time_ns,
			     const uint64_t *values, uint32_t cpus);
/* Writes what was kept back, and the end. */
int memscope_writer_finish(struct memscope_writer *writer, uint64_t ended_ns,
			   const char *reason);

/* The error that sticks, or 0. */
int memscope_writer_error(const struct memscope_writer *writer);
uint64_t memscope_writer_bytes(const struct memscope_writer *writer);
uint64_t memscope_writer_event_count(const struct memscope_writer *writer);

/* Reading. */
struct memscope_reader;

/**
 * struct memscope_chunk - one chunk, its payload as it was before zstd
 * @data: valid until the next chunk is read; 8-byte aligned
 */
struct memscope_chunk {
	uint64_t offset;		/* in the file */
	uint32_t type;
	uint32_t cpu;
	uint32_t count;
	const void *data;
	size_t bytes;
};

/*
 * -EPROTONOSUPPORT: of a higher major version; -ENOMSG: not a recording;
 * others: the file's own errors.
 */
int memscope_reader_open(struct memscope_reader **reader, const char *path);
int memscope_reader_open_fd(struct memscope_reader **reader, int fd);
void memscope_reader_close(struct memscope_reader *reader);

/* Chunks of types whose bit is not set are checked but not unpacked (data NULL). */
void memscope_reader_want(struct memscope_reader *reader, uint32_t types);

/*
 * 1: a chunk; 0: no more, which memscope_reader_damage() may explain;
 * < 0: out of memory, or the file cannot be read.
 */
int memscope_reader_next(struct memscope_reader *reader, struct memscope_chunk *chunk);

/* NULL if the recording was whole; else a sentence with the offset. */
const char *memscope_reader_damage(const struct memscope_reader *reader);
/* The chunk just read turns out to be nonsense: reading ends here. */
void memscope_reader_reject(struct memscope_reader *reader, const struct memscope_chunk *chunk);

/* 0 where it is not known, as of a pipe. */
uint64_t memscope_reader_size(const struct memscope_reader *reader);
uint64_t memscope_reader_offset(const struct memscope_reader *reader);

/* Events of an EVENTS chunk, until the next call; -EPROTO: they are damaged. */
int memscope_reader_events(struct memscope_reader *reader, const struct memscope_chunk *chunk,
			   const struct memscope_event **events);

#endif /* MEMSCOPE_RECORDING_H */
