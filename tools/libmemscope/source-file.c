// SPDX-License-Identifier: GPL-2.0
/*
 * Where files with debug information may lie.
 *
 * Debian's -dbg packages hold /usr/lib/debug/boot/vmlinux-RELEASE and modules
 * below /usr/lib/debug/lib/modules/RELEASE; Fedora's the kernel beside them;
 * a kernel of one's own leaves both below /lib/modules/RELEASE. Any may be by
 * build id below /usr/lib/debug/.build-id. libdebuginfod is loaded only where
 * DEBUGINFOD_URLS names a server.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source-file.h"

#define FILES_MAX	(1U << 20)
#define NAME_MAX_BYTES	128

/* Kernels and modules below a folder. */
struct index {
	struct place {
		char *name;		/* of the module, or "vmlinux" */
		char *path;
	} *places;
	size_t count;
	bool filled;
};

enum { INDEX_NAMED, INDEX_DEBUG, INDEX_DEBUG_USR, INDEX_KERNEL, INDEXES };

struct memscope_source_places {
	char *named;
	char release[NAME_MAX_BYTES];
	char *root;
	struct index index[INDEXES];
};

int memscope_source_places_create(struct memscope_source_places **places, const char *named,
				  const char *release, const char *root)
{
	struct memscope_source_places *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->named = strdup(named ? named : "");
	p->root = strdup(root ? root : "");
	snprintf(p->release, sizeof(p->release), "%s", release);
	/* From a recording: it must not lead anywhere else. */
	if (strchr(p->release, '/') || p->release[0] == '.')
		p->release[0] = '\0';
	if (!p->named || !p->root) {
		memscope_source_places_destroy(p);
		return -ENOMEM;
	}
	*places = p;
	return 0;
}

void memscope_source_places_destroy(struct memscope_source_places *places)
{
	size_t i, j;

	if (!places)
		return;
	for (i = 0; i < INDEXES; i++) {
		for (j = 0; j < places->index[i].count; j++) {
			free(places->index[i].places[j].name);
			free(places->index[i].places[j].path);
		}
		free(places->index[i].places);
	}
	free(places->named);
	free(places->root);
	free(places);
}

/* "snd-hda.ko.xz" is of snd_hda, "vmlinux-6.1.0" of vmlinux; false: of none. */
static bool module_of(const char *file, char name[NAME_MAX_BYTES])
{
	const char *end = strstr(file, ".ko");
	size_t i;

	if (!strncmp(file, "vmlinux", 7) && (!file[7] || file[7] == '-' || file[7] == '.')) {
		strcpy(name, "vmlinux");
		return true;
	}
	if (!end || (end[3] && end[3] != '.') || (size_t)(end - file) >= NAME_MAX_BYTES)
		return false;
	for (i = 0; file + i < end; i++)
		name[i] = file[i] == '-' ? '_' : file[i];
	name[i] = '\0';
	return i > 0;
}

static int add_place(struct index *index, const char *name, const char *path)
{
	struct place *place;

	if (index->count == FILES_MAX)
		return 0;
	if (!(index->count & (index->count - 1))) {
		size_t room = index->count ? index->count * 2 : 1;

		place = realloc(index->places, room * sizeof(*place));
		if (!place)
			return -ENOMEM;
		index->places = place;
	}
	place = &index->places[index->count];
	place->name = strdup(name);
	place->path = strdup(path);
	if (!place->name || !place->path) {
		free(place->name);
		free(place->path);
		return -ENOMEM;
	}
	index->count++;
	return 0;
}

/* What cannot be read is passed over. */
static int add_folder(struct index *index, const char *folder)
{
	char *roots[] = { (char *)folder, NULL };
	char name[NAME_MAX_BYTES];
	FTSENT *entry;
	int err = 0;
	FTS *tree;

	tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	if (!tree)
		return errno == ENOMEM ? -ENOMEM : 0;
	while (!err && (entry = fts_read(tree))) {
		if (entry->fts_info != FTS_F && entry->fts_info != FTS_NSOK &&
		    entry->fts_info != FTS_SL)
			continue;
		if (module_of(entry->fts_name, name))
			err = add_place(index, name, entry->fts_path);
	}
	fts_close(tree);
	return err;
}

static int fill_named(struct memscope_source_places *places)
{
	const char *at = places->named;
	char folder[PATH_MAX];
	int err = 0;

	while (!err && *at) {
		size_t length = strcspn(at, ":");

		if (length && length < sizeof(folder)) {
			memcpy(folder, at, length);
			folder[length] = '\0';
			err = add_folder(&places->index[INDEX_NAMED], folder);
		}
		at += length;
		at += *at == ':';
	}
	return err;
}

static int fill_index(struct memscope_source_places *places, unsigned int number)
{
	static const char *const folders[INDEXES] = {
		[INDEX_DEBUG] = "/usr/lib/debug/lib/modules",
		[INDEX_DEBUG_USR] = "/usr/lib/debug/usr/lib/modules",
		[INDEX_KERNEL] = "/lib/modules",
	};
	char folder[PATH_MAX];

	if (places->index[number].filled)
		return 0;
	places->index[number].filled = true;
	if (number == INDEX_NAMED)
		return fill_named(places);
	if (!places->release[0])
		return 0;
	snprintf(folder, sizeof(folder), "%s%s/%s", places->root, folders[number],
		 places->release);
	return add_folder(&places->index[number], folder);
}

static int offer_index(struct memscope_source_places *places, unsigned int number,
		       const char *module, memscope_source_place_fn fn, void *ctx)
{
	struct index *index = &places->index[number];
	int err = fill_index(places, number);
	size_t i;

	for (i = 0; !err && i < index->count; i++)
		if (!strcmp(index->places[i].name, module))
			err = fn(ctx, index->places[i].path, number == INDEX_NAMED);
	return err;
}

static int offer_build_id(struct memscope_source_places *places, const char *build_id,
			  memscope_source_place_fn fn, void *ctx)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/usr/lib/debug/.build-id/%.2s/%s.debug", places->root,
		 build_id, build_id + 2);
	return fn(ctx, path, false);
}

static int offer_kernel(struct memscope_source_places *places, memscope_source_place_fn fn,
			void *ctx)
{
	static const char *const paths[] = {
		"/usr/lib/debug/boot/vmlinux-%s",
		"/usr/lib/debug/vmlinux-%s",
		"/usr/lib/debug/lib/modules/%s/vmlinux",
		"/usr/lib/debug/usr/lib/modules/%s/vmlinux",
		"/lib/modules/%s/vmlinux",
		"/lib/modules/%s/build/vmlinux",
		"/boot/vmlinux-%s",
	};
	char path[PATH_MAX], below[256];
	size_t i;
	int err = 0;

	for (i = 0; !err && places->release[0] && i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *at = strstr(paths[i], "%s");

		snprintf(below, sizeof(below), "%.*s%s%s", (int)(at - paths[i]), paths[i],
			 places->release, at + 2);
		snprintf(path, sizeof(path), "%s%s", places->root, below);
		err = fn(ctx, path, false);
	}
	return err;
}

/* A server is asked last, and for what it knows by build id alone. */
static int offer_server(const char *build_id, memscope_source_place_fn fn, void *ctx)
{
	void *(*begin)(void);
	int (*find)(void *client, const unsigned char *id, int bytes, char **path);
	void (*end)(void *client);
	const char *urls = getenv("DEBUGINFOD_URLS");
	void *library, *client;
	char *path = NULL;
	int fd, err = 0;

	if (!urls || !*urls || !*build_id)
		return 0;
	library = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return 0;
	*(void **)&begin = dlsym(library, "debuginfod_begin");
	*(void **)&find = dlsym(library, "debuginfod_find_debuginfo");
	*(void **)&end = dlsym(library, "debuginfod_end");
	client = begin && find && end ? begin() : NULL;
	if (client) {
		/* Of 0 bytes: it is text. */
		fd = find(client, (const unsigned char *)build_id, 0, &path);
		if (fd >= 0) {
			close(fd);
			err = fn(ctx, path, false);
			free(path);
		}
		end(client);
	}
	/* It stays loaded: the TLS library below it may not bear being unloaded. */
	return err;
}

int memscope_source_places_offer(struct memscope_source_places *places, const char *module,
				 const char *build_id, memscope_source_place_fn fn, void *ctx)
{
	int err = offer_index(places, INDEX_NAMED, module, fn, ctx);

	if (!err && strlen(build_id) > 2)
		err = offer_build_id(places, build_id, fn, ctx);
	if (!strcmp(module, "vmlinux")) {
		err = err ?: offer_kernel(places, fn, ctx);
	} else {
		err = err ?: offer_index(places, INDEX_DEBUG, module, fn, ctx);
		err = err ?: offer_index(places, INDEX_DEBUG_USR, module, fn, ctx);
		err = err ?: offer_index(places, INDEX_KERNEL, module, fn, ctx);
	}
	return err ?: offer_server(build_id, fn, ctx);
}
