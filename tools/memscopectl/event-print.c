// SPDX-License-Identifier: GPL-2.0
/*
 * Events as lines.
 */
#include <inttypes.h>
#include <string.h>

#include "event-print.h"
#include "lines.h"
#include "text.h"

static const char *comm_of(const struct event_printer *printer, uint32_t tid)
{
	const struct memscope_task *task =
		memscope_task_table_find(&printer->session->tasks, tid);

	return task ? task->comm : tid ? "" : "swapper";
}

static const char *cache_of(const struct event_printer *printer, uint32_t id)
{
	const struct memscope_cache *cache =
		memscope_cache_table_find(&printer->session->caches, id);

	return cache ? cache->name : "";
}

static void symbol_of(const struct event_printer *printer, uint64_t address,
		      char *buffer, size_t size)
{
	memscope_symbol_format(&printer->session->symbols, address, true, buffer, size);
	text_clean(buffer);
}

/* A name of at most 20 bytes that may lack its end. */
static void copy_name(char to[32], const char *from, size_t size)
{
	size_t length = strnlen(from, size);

	memcpy(to, from, length);
	to[length] = '\0';
}

static void print_slab(const struct event_printer *printer, const struct memscope_event *event)
{
	char symbol[256];
	const char *cache = cache_of(printer, event->cache);

	printf(" ptr=0x%" PRIx64, (uint64_t)event->ptr);
	if (event->bytes_req || event->bytes_alloc)
		printf(" req=%u alloc=%u", event->bytes_req, event->bytes_alloc);
	if (event->gfp)
		printf(" gfp=0x%x", event->gfp);
	if (event->cache)
		printf(" cache=%s", *cache ? cache : "?");
	if (event->call_site) {
		symbol_of(printer, event->call_site, symbol, sizeof(symbol));
		printf(" site=%s", symbol);
	}
	if (memscope_event_has_stack(event))
		printf(" stack=%u", event->stack);
	else if (event->stack == MEMSCOPE_STACK_LOST)
		printf(" stack=lost");
}

static void print_other(const struct memscope_event *event)
{
	char name[32];

	switch (event->type) {
	case MEMSCOPE_EVENT_LOAD_CPU:
		printf(" user=%" PRIu64 " system=%" PRIu64 " irq=%" PRIu64 " softirq=%" PRIu64,
		       (uint64_t)event->load[0], (uint64_t)event->load[1],
		       (uint64_t)event->load[2], (uint64_t)event->load[3]);
		break;
	case MEMSCOPE_EVENT_LOAD_IDLE:
		printf(" idle=%" PRIu64 " iowait=%" PRIu64 " steal=%" PRIu64 " of_cpu=%" PRIu64,
		       (uint64_t)event->load[0], (uint64_t)event->load[1],
		       (uint64_t)event->load[2], (uint64_t)event->load[3]);
		break;
	case MEMSCOPE_EVENT_LOAD_MEM:
		printf(" total=%" PRIu64 " free=%" PRIu64 " slab_reclaimable=%" PRIu64
		       " slab_unreclaimable=%" PRIu64,
		       (uint64_t)event->load[0], (uint64_t)event->load[1],
		       (uint64_t)event->load[2], (uint64_t)event->load[3]);
		break;
	case MEMSCOPE_EVENT_LOAD_AVG:
		printf(" load=%.2f,%.2f,%.2f", event->load[0] / 2048.0,
		       event->load[1] / 2048.0, event->load[2] / 2048.0);
		break;
	case MEMSCOPE_EVENT_TASK:
		copy_name(name, event->task.comm, sizeof(event->task.comm));
		text_clean(name);
		printf(" comm=%s tgid=%u %s", name, event->task.tgid,
		       event->task.ended ? "ended" : "exec");
		break;
	case MEMSCOPE_EVENT_MODULE:
		copy_name(name, event->module.name, sizeof(event->module.name));
		text_clean(name);
		printf(" module=%s base=0x%" PRIx64 " bytes=%u%s", name,
		       (uint64_t)event->module.base, event->module.bytes,
		       event->module.bytes ? "" : " (goes away)");
		break;
	}
}

static void print_text(const struct event_printer *printer,
		       const struct memscope_merged *merged)
{
	const struct memscope_event *event = merged->event;
	const uint64_t *frames;
	char comm[20];
	size_t count, i;

	snprintf(comm, sizeof(comm), "%s", comm_of(printer, event->tid));
	text_clean(comm);
	printf("%" PRIu64 ".%09u [%03u] %s-%u %s %s", (uint64_t)event->time_ns / 1000000000,
	       (unsigned int)(event->time_ns % 1000000000), merged->cpu, comm, event->tid,
	       memscope_context_name(MEMSCOPE_EVENT_CONTEXT(event->flags)),
	       memscope_event_type_name(event->type));
	if (memscope_event_is_slab(event)) {
		printf(" %s", memscope_path_name(MEMSCOPE_EVENT_PATH(event->flags)));
		print_slab(printer, event);
	} else {
		print_other(event);
	}
	if (event->flags & MEMSCOPE_EVENT_SELF)
		printf(" self");
	putchar('\n');
	if (!printer->stacks || !memscope_event_is_slab(event))
		return;
	frames = memscope_stack_table_find(&printer->session->stacks, event->stack, &count);
	for (i = 0; i < count; i++)
		lines_print(printer->session, printer->source, frames[i], "    ");
}

/* "address": "0x..", and the function it lies in. */
static void json_address(const struct event_printer *printer, const char *key,
			 uint64_t address)
{
	struct memscope_symbol symbol;
	uint64_t offset;

	printf("\"%s\": \"0x%" PRIx64 "\"", key, address);
	if (!memscope_symbol_table_find(&printer->session->symbols, address, true, &symbol,
					&offset))
		return;
	fputs(", \"function\": ", stdout);
	text_json_string(stdout, symbol.name);
	printf(", \"offset\": %" PRIu64, offset);
	if (!symbol.module[0])
		return;
	fputs(", \"module\": ", stdout);
	text_json_string(stdout, symbol.module);
}

/* The members lines_add_json() gives, without its braces. */
static void json_lines(const struct event_printer *printer, uint64_t address)
{
	const struct memscope_line *lines;
	struct json_object *json;
	const char *text;

	if (!memscope_source_find(printer->source, address, true, &lines))
		return;
	json = json_object_new_object();
	lines_add_json(json, printer->source, address);
	text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_NOSLASHESCAPE);
	if (json_object_object_length(json))
		printf(", %.*s", (int)strlen(text) - 2, text + 1);
	json_object_put(json);
}

static void json_slab(const struct event_printer *printer, const struct memscope_event *event)
{
	const char *cache = cache_of(printer, event->cache);
	const uint64_t *frames;
	size_t count, i;

	printf(", \"path\": \"%s\", \"ptr\": \"0x%" PRIx64 "\", ",
	       memscope_path_name(MEMSCOPE_EVENT_PATH(event->flags)), (uint64_t)event->ptr);
	json_address(printer, "call_site", event->call_site);
	printf(", \"bytes_req\": %u, \"bytes_alloc\": %u, \"gfp\": \"0x%x\"", event->bytes_req,
	       event->bytes_alloc, event->gfp);
	if (event->cache) {
		printf(", \"cache_id\": %u", event->cache);
		if (*cache) {
			fputs(", \"cache\": ", stdout);
			text_json_string(stdout, cache);
		}
	}
	if (event->stack == MEMSCOPE_STACK_LOST)
		fputs(", \"stack_lost\": true", stdout);
	if (!memscope_event_has_stack(event))
		return;
	printf(", \"stack\": %u", event->stack);
	if (!printer->stacks)
		return;
	fputs(", \"frames\": [", stdout);
	frames = memscope_stack_table_find(&printer->session->stacks, event->stack, &count);
	for (i = 0; i < count; i++) {
		fputs(i ? ", {" : "{", stdout);
		json_address(printer, "address", frames[i]);
		json_lines(printer, frames[i]);
		putchar('}');
	}
	putchar(']');
}

static void json_values(const struct memscope_event *event, const char *const keys[4])
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (keys[i])
			printf(", \"%s\": %" PRIu64, keys[i], (uint64_t)event->load[i]);
}

static void json_other(const struct memscope_event *event)
{
	static const char *const cpu[] = { "user_ns", "system_ns", "irq_ns", "softirq_ns" };
	static const char *const idle[] = { "idle_ns", "iowait_ns", "steal_ns", "of_cpu" };
	static const char *const memory[] = {
		"total_bytes", "free_bytes", "slab_reclaimable_bytes", "slab_unreclaimable_bytes",
	};
	char name[32];

	switch (event->type) {
	case MEMSCOPE_EVENT_LOAD_CPU:
		json_values(event, cpu);
		break;
	case MEMSCOPE_EVENT_LOAD_IDLE:
		json_values(event, idle);
		break;
	case MEMSCOPE_EVENT_LOAD_MEM:
		json_values(event, memory);
		break;
	case MEMSCOPE_EVENT_LOAD_AVG:
		printf(", \"load_1min\": %.3f, \"load_5min\": %.3f, \"load_15min\": %.3f",
		       event->load[0] / 2048.0, event->load[1] / 2048.0,
		       event->load[2] / 2048.0);
		break;
	case MEMSCOPE_EVENT_TASK:
		copy_name(name, event->task.comm, sizeof(event->task.comm));
		fputs(", \"task_comm\": ", stdout);
		text_json_string(stdout, name);
		printf(", \"tgid\": %u, \"ended\": %s", event->task.tgid,
		       event->task.ended ? "true" : "false");
		break;
	case MEMSCOPE_EVENT_MODULE:
		copy_name(name, event->module.name, sizeof(event->module.name));
		fputs(", \"module\": ", stdout);
		text_json_string(stdout, name);
		printf(", \"base\": \"0x%" PRIx64 "\", \"text_bytes\": %u",
		       (uint64_t)event->module.base, event->module.bytes);
		break;
	}
}

static void print_json(const struct event_printer *printer,
		       const struct memscope_merged *merged)
{
	const struct memscope_event *event = merged->event;
	const char *comm = comm_of(printer, event->tid);

	printf("{\"time_ns\": %" PRIu64 ", \"cpu\": %u, \"type\": \"%s\", \"context\": \"%s\", "
	       "\"self\": %s, \"tid\": %u", (uint64_t)event->time_ns, merged->cpu,
	       memscope_event_type_name(event->type),
	       memscope_context_name(MEMSCOPE_EVENT_CONTEXT(event->flags)),
	       event->flags & MEMSCOPE_EVENT_SELF ? "true" : "false", event->tid);
	if (*comm) {
		fputs(", \"comm\": ", stdout);
		text_json_string(stdout, comm);
	}
	if (memscope_event_is_slab(event))
		json_slab(printer, event);
	else
		json_other(event);
	fputs("}\n", stdout);
}

void event_print(const struct event_printer *printer, const struct memscope_merged *merged)
{
	if (printer->json)
		print_json(printer, merged);
	else
		print_text(printer, merged);
}
