// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers and strings as people and JSON read them.
 */
#include <string.h>

#include "text.h"

char *text_bytes(char *buffer, size_t size, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = bytes;
	unsigned int unit = 0;

	while (value >= 1023.95 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		value /= 1024;
		unit++;
	}
	snprintf(buffer, size, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return buffer;
}

char *text_count(char *buffer, size_t size, uint64_t count)
{
	char digits[24];
	size_t length, used = 0, i;

	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);
	length = strlen(digits);
	for (i = 0; i < length && used + 2 < size; i++) {
		if (i && (length - i) % 3 == 0)
			buffer[used++] = ',';
		buffer[used++] = digits[i];
	}
	buffer[used] = '\0';
	return buffer;
}

char *text_duration(char *buffer, size_t size, uint64_t ns)
{
	if (ns < 1000)
		snprintf(buffer, size, "%llu ns", (unsigned long long)ns);
	else if (ns < 1000000)
		snprintf(buffer, size, "%.3g us", ns / 1e3);
	else if (ns < 1000000000)
		snprintf(buffer, size, "%.3g ms", ns / 1e6);
	else if (ns < 100000000000)
		snprintf(buffer, size, "%.3g s", ns / 1e9);
	else
		snprintf(buffer, size, "%.0f s", ns / 1e9);
	return buffer;
}

char *text_share(char *buffer, size_t size, uint64_t part, uint64_t whole)
{
	if (part && part < whole / 1000)
		snprintf(buffer, size, "< 0.1 %%");
	else if (whole)
		snprintf(buffer, size, "%.1f %%", 100.0 * part / whole);
	else
		snprintf(buffer, size, "-");
	return buffer;
}

/* Bytes of the UTF-8 character at string, 0 if there is none. */
static size_t utf8_length(const unsigned char *string)
{
	unsigned int count, i;

	if (string[0] < 0x80)
		return 1;
	if (string[0] >= 0xc2 && string[0] < 0xe0)
		count = 2;
	else if (string[0] >= 0xe0 && string[0] < 0xf0)
		count = 3;
	else if (string[0] >= 0xf0 && string[0] < 0xf5)
		count = 4;
	else
		return 0;
	for (i = 1; i < count; i++)
		if ((string[i] & 0xc0) != 0x80)
			return 0;
	if ((string[0] == 0xe0 && string[1] < 0xa0) || (string[0] == 0xed && string[1] > 0x9f) ||
	    (string[0] == 0xf0 && string[1] < 0x90) || (string[0] == 0xf4 && string[1] > 0x8f))
		return 0;
	return count;
}

void text_json_string(FILE *to, const char *string)
{
	const unsigned char *next = (const unsigned char *)string;

	fputc('"', to);
	while (*next) {
		size_t length = utf8_length(next);

		if (!length) {
			fputs("\xef\xbf\xbd", to);
			length = 1;
		} else if (*next == '"' || *next == '\\') {
			fprintf(to, "\\%c", *next);
		} else if (*next < 0x20 || *next == 0x7f) {
			fprintf(to, "\\u%04x", *next);
		} else {
			fwrite(next, 1, length, to);
		}
		next += length;
	}
	fputc('"', to);
}

void text_clean(char *string)
{
	for (; *string; string++)
		if ((unsigned char)*string < 0x20 || *string == 0x7f)
			*string = '?';
}
