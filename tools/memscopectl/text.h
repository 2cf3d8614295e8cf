/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers and strings as people and JSON read them. Buffers of 32 bytes do.
 */
#ifndef MEMSCOPECTL_TEXT_H
#define MEMSCOPECTL_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* "1.5 MiB"; each returns buffer */
char *text_bytes(char *buffer, size_t size, uint64_t bytes);
/* "1,234,567" */
char *text_count(char *buffer, size_t size, uint64_t count);
/* "1.25 s", "30.1 ms", "250 ns" */
char *text_duration(char *buffer, size_t size, uint64_t ns);
/* "12.3 %" of a whole; "-" of nothing */
char *text_share(char *buffer, size_t size, uint64_t part, uint64_t whole);

/* With its quotes; bytes that are no UTF-8 become U+FFFD. */
void text_json_string(FILE *to, const char *string);

/* For people: control characters and escape sequences as '?'. */
void text_clean(char *string);

#endif /* MEMSCOPECTL_TEXT_H */
