// SPDX-License-Identifier: GPL-2.0
/*
 * The way to the module that all verbs take.
 */
#include <string.h>

#include "cmd.h"
#include "failure.h"

int cmd_connect(struct memscope_client **client)
{
	int err, code;

	err = memscope_client_create(client);
	if (err) {
		*client = NULL;
		return failed("%s", strerror(-err));
	}
	err = memscope_client_connect(*client);
	if (!err)
		return EXIT_FINE;
	code = failed("%s", memscope_client_error(*client));
	memscope_client_destroy(*client);
	*client = NULL;
	return code;
}
