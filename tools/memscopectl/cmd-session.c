// SPDX-License-Identifier: GPL-2.0
/*
 * memscopectl start, stop, reset and config: requests that are one message.
 */
#include "args.h"
#include "cmd.h"
#include "failure.h"
#include "json.h"
#include "text.h"

/* Parses a command line without operands and options of its own, and connects. */
static int begin(struct args *args, const struct args_verb *verb, int argc, char **argv,
		 struct memscope_client **client)
{
	int code;

	args_begin(args, verb, argc, argv);
	if (args_next(args) < 0)
		return args->exit_code;
	code = args_operands(args, 0, false);
	return code ?: cmd_connect(client);
}

static int print_done(const struct args *args, const char *key, const char *sentence)
{
	struct json_object *json;

	if (!args->json) {
		puts(sentence);
		return EXIT_FINE;
	}
	json = json_object_new_object();
	json_add_flag(json, key, true);
	return json_print(json);
}

/* Features given with + and - are relative to those in force. */
static int resolve(struct memscope_client *client, struct memscope_options *options)
{
	struct memscope_status status;
	int err;

	if (!options->features_add && !options->features_remove)
		return 0;
	err = memscope_client_status(client, &status);
	if (!err)
		memscope_options_resolve(options, memscope_option_number(&status.options,
									 MEMSCOPE_A_FEATURES));
	return err;
}

int cmd_start(int argc, char **argv)
{
	static struct memscope_options options;
	static const struct args_verb verb = {
		.usage = "memscopectl start [session options] [--json]",
		.text = "Begins a session that goes on until `memscopectl stop`. When its buffers are\n"
			"full and nobody reads them (`memscopectl dump`), events are lost and counted.",
		.session = &options,
	};
	struct memscope_client *client;
	struct args args;
	int code, err;

	code = begin(&args, &verb, argc, argv, &client);
	if (code || args.exit_code >= 0)
		return code;
	err = resolve(client, &options);
	err = err ?: memscope_client_start(client, &options, false);
	code = err ? failed("%s", memscope_client_error(client)) :
	       print_done(&args, "started", "session started");
	memscope_client_destroy(client);
	return code;
}

int cmd_stop(int argc, char **argv)
{
	static const struct args_verb verb = {
		.usage = "memscopectl stop [--json]",
		.text = "Ends the session. What its buffers hold can be read until the next one starts.",
	};
	struct memscope_client *client;
	struct args args;
	int code;

	code = begin(&args, &verb, argc, argv, &client);
	if (code || args.exit_code >= 0)
		return code;
	code = memscope_client_stop(client) ? failed("%s", memscope_client_error(client)) :
	       print_done(&args, "stopped", "session stopped");
	memscope_client_destroy(client);
	return code;
}

int cmd_reset(int argc, char **argv)
{
	static const struct args_verb verb = {
		.usage = "memscopectl reset [--json]",
		.text = "Forgets events, stacks, caches and counters of a stopped session, and gives\n"
			"their memory back.",
	};
	struct memscope_client *client;
	struct args args;
	int code;

	code = begin(&args, &verb, argc, argv, &client);
	if (code || args.exit_code >= 0)
		return code;
	code = memscope_client_reset(client) ? failed("%s", memscope_client_error(client)) :
	       print_done(&args, "reset", "events, stacks, caches and counters forgotten");
	memscope_client_destroy(client);
	return code;
}

static int print_options(const struct args *args, struct memscope_client *client)
{
	struct memscope_status status;
	char text[160];
	size_t i;

	if (memscope_client_status(client, &status))
		return failed("%s", memscope_client_error(client));
	if (args->json)
		return json_print(memscope_options_json(&status.options));
	for (i = 0; i < memscope_option_table_count; i++) {
		const struct memscope_option *option = &memscope_option_table[i];

		memscope_option_format(&status.options, option, text, sizeof(text));
		text_clean(text);
		printf("%-18s%-38s%s\n", option->name, *text ? text : "-", option->help);
	}
	return EXIT_FINE;
}

int cmd_config(int argc, char **argv)
{
	static struct memscope_options options;
	static const struct args_verb verb = {
		.usage = "memscopectl config [session options] [--json]",
		.text = "Shows the options in force. With session options, changes the module's defaults\n"
			"and, of a running session, those options that can change while it runs.",
		.session = &options,
	};
	struct memscope_client *client;
	struct args args;
	int code, err;

	code = begin(&args, &verb, argc, argv, &client);
	if (code || args.exit_code >= 0)
		return code;
	err = resolve(client, &options);
	if (!err && options.set)
		err = memscope_client_config(client, &options);
	code = err ? failed("%s", memscope_client_error(client)) :
	       print_options(&args, client);
	memscope_client_destroy(client);
	return code;
}
