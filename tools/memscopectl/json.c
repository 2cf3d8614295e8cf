// SPDX-License-Identifier: GPL-2.0
/*
 * Members of JSON objects.
 */
#include <math.h>
#include <stdio.h>

#include "failure.h"
#include "json.h"

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

void json_add_count(struct json_object *object, const char *key, uint64_t count)
{
	json_object_object_add(object, key, json_object_new_uint64(count));
}

void json_add_real(struct json_object *object, const char *key, double value)
{
	/* JSON knows no infinity. */
	json_object_object_add(object, key, isfinite(value) ?
			       json_object_new_double(value) : NULL);
}

void json_add_flag(struct json_object *object, const char *key, bool flag)
{
	json_object_object_add(object, key, json_object_new_boolean(flag));
}

void json_add_hex(struct json_object *object, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	json_add_text(object, key, text);
}

int json_print(struct json_object *object)
{
	if (!object)
		return failed("out of memory");
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
	return EXIT_FINE;
}
