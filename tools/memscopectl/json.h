/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Members of JSON objects in one line each. A member that cannot be made for
 * want of memory is left out.
 */
#ifndef MEMSCOPECTL_JSON_H
#define MEMSCOPECTL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

void json_add_text(struct json_object *object, const char *key, const char *text);
void json_add_count(struct json_object *object, const char *key, uint64_t count);
void json_add_real(struct json_object *object, const char *key, double value);
void json_add_flag(struct json_object *object, const char *key, bool flag);
/* "0x.." */
void json_add_hex(struct json_object *object, const char *key, uint64_t value);

/* Prints it over several lines and puts it. NULL: out of memory; exit code. */
int json_print(struct json_object *object);

#endif /* MEMSCOPECTL_JSON_H */
