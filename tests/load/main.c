// SPDX-License-Identifier: GPL-2.0
/*
 * memscope_load: allocations and frees whose truth is known, for testing tools
 * that watch the slab allocator.
 *
 * A command line is written to /sys/kernel/debug/memscope_load/run; the write
 * returns when all of it is done. The result, one JSON object, is read from the
 * same open file, or the latest of all from .../result. Several lines in one
 * write are done in turn, to the first that fails, and the last tells the result.
 * Commands of different open files run at the same time.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "cache.h"
#include "command.h"
#include "context.h"
#include "generator.h"
#include "pair.h"
#include "pin.h"
#include "run.h"
#include "storm.h"

#define TEXT_MAX	(64 * 1024)
#define RESULT_MAX	(512 * 1024)

static int do_barrier(struct load_command *command, struct load_result *result);

static const struct {
	const char *verb;
	int (*function)(struct load_command *command, struct load_result *result);
} verbs[] = {
	{ "run", load_run },
	{ "drop", load_run_drop },
	{ "paths", load_run_paths },
	{ "barrier", do_barrier },
	{ "storm", load_storm },
	{ "pair", load_pair },
	{ "site", load_generator_site },
	{ "generate", load_generator_run },
	{ "release", load_generator_release },
	{ "pin", load_pin },
	{ "unpin", load_unpin },
};

/* One open file: its latest result. */
struct session {
	struct mutex lock;
	char *text;
	size_t length;
};

static struct dentry *folder;
static DEFINE_MUTEX(latest_lock);
static char *latest;		/* under latest_lock */

/*
 * `barrier [kfree_rcu=no]`: everything whose free was deferred is free; without
 * kfree_rcu, which may take long to wait for, callbacks of call_rcu() have run.
 */
static int do_barrier(struct load_command *command, struct load_result *result)
{
	bool kfree_rcu;
	int error = load_command_flag(command, "kfree_rcu", true, &kfree_rcu) ?:
		    load_command_end(command);

	if (error)
		return error;
	if (kfree_rcu)
		load_cache_barrier();
	else
		rcu_barrier();
	return 0;
}

static int do_line(char *line, struct load_result *result)
{
	struct load_command command;
	unsigned int i;
	int error;

	error = load_command_parse(&command, line, result);
	if (error)
		return error;
	load_result_string(result, "verb", command.verb);
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verbs[i].verb, command.verb))
			return verbs[i].function(&command, result);
	}
	return load_result_fail(result, -EINVAL, "%s: no such command", command.verb);
}

/* Does one line; the answer is a new string, also when it failed. */
static int answer_line(char *line, char **answer)
{
	struct load_result result;
	int error = load_result_init(&result, RESULT_MAX);

	if (error)
		return error;
	load_result_open(&result, NULL, '{');
	load_result_string(&result, "command", line);
	do_line(line, &result);
	if (result.error == -ENOSPC) {
		/* What was cut is no JSON: begin anew, and tell that only. */
		result.length = result.depth = 0;
		result.item = false;
		load_result_open(&result, NULL, '{');
	}
	load_result_string(&result, "status", result.error ? "failed" :
			   result.skipped ? "skipped" : "ok");
	load_result_string(&result, "reason", result.reason);
	load_result_close(&result, '}');
	*answer = vmalloc(result.length + 2);
	if (*answer) {
		memcpy(*answer, result.text, result.length);
		strcpy(*answer + result.length, "\n");
	}
	error = *answer ? result.error : -ENOMEM;
	load_result_fini(&result);
	return error;
}

/* Keeps the answer for its own file, and a copy as the latest. */
static void publish(struct session *session, char *answer)
{
	size_t length = strlen(answer);
	char *copy = vmalloc(length + 1), *old;

	vfree(session->text);
	session->text = answer;
	session->length = length;
	if (!copy)
		return;
	memcpy(copy, answer, length + 1);
	mutex_lock(&latest_lock);
	old = latest;
	latest = copy;
	mutex_unlock(&latest_lock);
	vfree(old);
}

static int do_text(struct session *session, char *text)
{
	char *line, *answer;
	int error = 0;

	while (!error && (line = strsep(&text, "\n"))) {
		line = strim(line);
		if (!*line || *line == '#')
			continue;
		answer = NULL;
		error = answer_line(line, &answer);
		if (answer)
			publish(session, answer);
	}
	return error;
}

static ssize_t run_write(struct file *file, const char __user *from, size_t size, loff_t *offset)
{
	struct session *session = file->private_data;
	char *text;
	int error;

	if (size > TEXT_MAX)
		return -E2BIG;
	text = vmalloc(size + 1);
	if (!text)
		return -ENOMEM;
	if (copy_from_user(text, from, size)) {
		vfree(text);
		return -EFAULT;
	}
	text[size] = '\0';
	mutex_lock(&session->lock);
	error = do_text(session, text);
	mutex_unlock(&session->lock);
	vfree(text);
	/* The offset stays: it is the reader's place in the result. */
	return error ? error : size;
}

static ssize_t run_read(struct file *file, char __user *to, size_t size, loff_t *offset)
{
	struct session *session = file->private_data;
	ssize_t got;

	mutex_lock(&session->lock);
	got = simple_read_from_buffer(to, size, offset, session->text, session->length);
	mutex_unlock(&session->lock);
	return got;
}

static int run_open(struct inode *inode, struct file *file)
{
	struct session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (!session)
		return -ENOMEM;
	mutex_init(&session->lock);
	file->private_data = session;
	return 0;
}

static int run_release(struct inode *inode, struct file *file)
{
	struct session *session = file->private_data;

	vfree(session->text);
	kfree(session);
	return 0;
}

static const struct file_operations run_operations = {
	.owner = THIS_MODULE,
	.open = run_open,
	.read = run_read,
	.write = run_write,
	.release = run_release,
	.llseek = default_llseek,
};

static int result_show(struct seq_file *file, void *unused)
{
	mutex_lock(&latest_lock);
	if (latest)
		seq_puts(file, latest);
	mutex_unlock(&latest_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

/* For tests of tools that look for leaks of modules: nothing ever frees these. */
static unsigned int leak_objects;
module_param(leak_objects, uint, 0400);
MODULE_PARM_DESC(leak_objects, "objects of 64 bytes to leak while loading");
static void *leaked;		/* the latest, so that each has to be made */

static noinline int __init load_leak(void)
{
	unsigned int i;

	for (i = 0; i < leak_objects; i++) {
		WRITE_ONCE(leaked, kmalloc(64, GFP_KERNEL));
		if (!leaked)
			return -ENOMEM;
	}
	return 0;
}

static int __init load_init(void)
{
	int error;

	error = load_leak();
	if (error)
		return error;
	error = load_cache_init();
	if (error)
		return error;
	error = load_context_init();
	if (error)
		goto undo_cache;
	folder = debugfs_create_dir("memscope_load", NULL);
	if (IS_ERR(folder)) {
		error = PTR_ERR(folder);
		goto undo_context;
	}
	debugfs_create_file("run", 0600, folder, NULL, &run_operations);
	debugfs_create_file("result", 0400, folder, NULL, &result_fops);
	return 0;

undo_context:
	load_context_exit();
undo_cache:
	load_cache_exit();
	return error;
}

/* No file is open, so no command runs. */
static void __exit load_exit(void)
{
	debugfs_remove_recursive(folder);
	load_pin_exit();
	load_generator_exit();
	load_run_exit();
	vfree(latest);
	load_context_exit();
	load_cache_exit();
}

module_init(load_init);
module_exit(load_exit);

MODULE_DESCRIPTION("Known slab allocations, to test memscope");
MODULE_LICENSE("GPL");
