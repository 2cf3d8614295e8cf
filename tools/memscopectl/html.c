// SPDX-License-Identifier: GPL-2.0
/*
 * Writes the HTML report: the page up to its marker, the document, the rest.
 *
 * The page is the one thing of memscopectl that is not compiled in: building
 * it needs npm, which nothing else does. It is looked for beside the program,
 * as built (../html) or as installed (../share/memscope), then in /usr/local
 * and /usr; MEMSCOPE_HTML names another.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "html.h"

#define MARKER		"%MEMSCOPE_DOCUMENT%"
#define PAGE_BYTES_MAX	(64UL << 20)

/* With the page below 5 MB, which a browser opens without delay. */
#define DOCUMENT_BYTES_MAX	((size_t)4000000)
#define LISTED_MOST		400
#define LISTED_LEAST		10

static FILE *open_beside_program(const char *below)
{
	char program[PATH_MAX], path[PATH_MAX + 64];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (length < 0)
		return NULL;
	program[length] = 0;
	slash = strrchr(program, '/');
	if (!slash)
		return NULL;
	*slash = 0;
	snprintf(path, sizeof(path), "%s/%s", program, below);
	return fopen(path, "re");
}

static FILE *open_page(void)
{
	const char *named = getenv("MEMSCOPE_HTML");
	FILE *from;

	if (named && *named)
		return fopen(named, "re");
	from = open_beside_program("../html/report.html");
	if (!from)
		from = open_beside_program("../share/memscope/report.html");
	if (!from)
		from = fopen("/usr/local/share/memscope/report.html", "re");
	return from ?: fopen("/usr/share/memscope/report.html", "re");
}

/* All of a file, ended by NUL; NULL with errno set. */
static char *read_all(FILE *from, size_t *bytes)
{
	size_t room = 1 << 20, used = 0;
	char *text = malloc(room + 1), *more;

	while (text) {
		used += fread(text + used, 1, room - used, from);
		if (used < room || room > PAGE_BYTES_MAX)
			break;
		room *= 2;
		more = realloc(text, room + 1);
		if (!more)
			free(text);
		text = more;
	}
	if (!text || ferror(from)) {
		free(text);
		return NULL;
	}
	text[used] = 0;
	*bytes = used;
	return text;
}

int html_page_read(struct html_page *page)
{
	FILE *from = open_page();
	const char *marker;

	*page = (struct html_page){ 0 };
	if (!from)
		return failed("the page of the HTML report is missing: build it with `make -C tools/html` "
			      "(needs npm), or name it in MEMSCOPE_HTML");
	page->text = read_all(from, &page->bytes);
	fclose(from);
	if (!page->text)
		return failed("cannot read the page of the HTML report: %s", strerror(errno));
	marker = strstr(page->text, MARKER);
	if (!marker) {
		html_page_fini(page);
		return failed("the page of the HTML report has no place for its document: "
			      "build it anew with `make -C tools/html`");
	}
	page->before = (size_t)(marker - page->text);
	page->after = page->before + strlen(MARKER);
	return EXIT_FINE;
}

void html_page_fini(struct html_page *page)
{
	free(page->text);
	page->text = NULL;
}

/* Length of the UTF-8 sequence at text, 0 if it is none. */
static size_t sequence(const unsigned char *text)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int code, length, i;

	if (*text < 0x80)
		return 1;
	length = *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : 2;
	if (*text < 0xc2 || *text > 0xf4)
		return 0;
	code = *text & (0x7f >> length);
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return length;
}

void html_put_json(FILE *to, const char *json)
{
	const unsigned char *at = (const unsigned char *)json, *from = at;
	const char *instead;
	size_t length;

	while (*at) {
		length = sequence(at);
		instead = *at == '<' ? "\\u003c" : !length ? "\xef\xbf\xbd" : NULL;
		if (instead) {
			fwrite(from, 1, (size_t)(at - from), to);
			fputs(instead, to);
			length = 1;
			from = at + 1;
		}
		at += length;
	}
	fwrite(from, 1, (size_t)(at - from), to);
}

/* The document's text; it has fewer sites where that many would be too large. */
static const char *document_text(struct report *report, struct json_object **document)
{
	size_t listed = LISTED_MOST, length;
	const char *text;

	for (;;) {
		*document = html_document(report, listed);
		text = *document ? json_object_to_json_string_length(*document,
					JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
					&length) : NULL;
		if (!text || length <= DOCUMENT_BYTES_MAX || listed <= LISTED_LEAST)
			return text;
		json_object_put(*document);
		listed /= 2;
	}
}

/* For its owner only, as recordings are: it tells what the machine did. */
static FILE *create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *to = fd < 0 ? NULL : fdopen(fd, "w");

	if (fd >= 0 && !to)
		close(fd);
	return to;
}

int html_write(struct report *report, const struct html_page *page, const char *path)
{
	struct json_object *document;
	const char *text = document_text(report, &document);
	int err = 0;
	FILE *to;

	if (!text) {
		json_object_put(document);
		return failed("out of memory");
	}
	to = create(path);
	if (!to) {
		err = errno;
	} else {
		fwrite(page->text, 1, page->before, to);
		html_put_json(to, text);
		fwrite(page->text + page->after, 1, page->bytes - page->after, to);
		if (ferror(to) | fclose(to))
			err = errno ?: EIO;
	}
	json_object_put(document);
	return err ? failed("cannot write %s: %s", path, strerror(err)) : EXIT_FINE;
}
