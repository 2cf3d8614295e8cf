// SPDX-License-Identifier: GPL-2.0
/*
 * Loads a module, runs a command and unloads the module.
 *
 * A process of its own does it, by exec, so that the recorder goes on reading
 * and so that the session's socket is not inherited.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "exercise.h"
#include "failure.h"

#define COMPRESSED	4		/* MODULE_INIT_COMPRESSED_FILE, of Linux 5.17 */
#define UNLOAD_TRIES	250		/* of 20 ms */

extern char **environ;

bool exercise_module_name(const char *path, char *name, size_t size)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	const char *end = strstr(base, ".ko");
	size_t i;

	if (!end || end == base || (end[3] && end[3] != '.') || (size_t)(end - base) >= size)
		return false;
	for (i = 0; base + i < end; i++)
		name[i] = base[i] == '-' ? '_' : base[i];
	name[i] = '\0';
	return true;
}

char **exercise_words(const struct exercise *exercise, char fd_text[16], int fd)
{
	size_t count = 0, used = 0;
	char **words;

	while (exercise->argv && exercise->argv[count])
		count++;
	words = calloc(count + 7, sizeof(*words));
	if (!words)
		return NULL;
	snprintf(fd_text, 16, "%d", fd);
	words[used++] = (char *)"/proc/self/exe";
	words[used++] = (char *)"check";
	words[used++] = (char *)"--exercise";
	words[used++] = fd_text;
	words[used++] = (char *)exercise->path;
	words[used++] = (char *)exercise->parameters;
	if (count)
		memcpy(words + used, exercise->argv, count * sizeof(*words));
	return words;
}

static int load(const char *path, const char *parameters)
{
	size_t length = strlen(path);
	int fd, flags, err = 0;

	flags = length > 3 && !strcmp(path + length - 3, ".ko") ? 0 : COMPRESSED;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (syscall(SYS_finit_module, fd, parameters, flags))
		err = errno;
	close(fd);
	return err;
}

/* Who used it may need a moment to let it go. */
static int unload(const char *name)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	int i;

	for (i = 0; syscall(SYS_delete_module, name, O_NONBLOCK); i++) {
		if ((errno != EAGAIN && errno != EBUSY) || i == UNLOAD_TRIES)
			return errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int run_command(char **argv, struct exercise_report *report)
{
	pid_t pid;
	int err = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);

	if (err)
		return err;
	while (waitpid(pid, &report->command_status, 0) < 0)
		if (errno != EINTR)
			return errno;
	report->command_ran = true;
	return 0;
}

int exercise_run(int argc, char **argv)
{
	struct exercise_report report = { .step = EXERCISE_LOAD };
	char name[64];
	int fd, err;

	if (argc < 3 || !exercise_module_name(argv[1], name, sizeof(name)))
		return EXIT_USAGE;
	fd = atoi(argv[0]);
	report.error = load(argv[1], argv[2]);
	if (!report.error) {
		report.step = EXERCISE_COMMAND;
		if (argc > 3)
			report.error = run_command(argv + 3, &report);
		err = unload(name);
		if (!report.error) {
			report.step = err ? EXERCISE_UNLOAD : EXERCISE_DONE;
			report.error = err;
		}
	}
	if (pwrite(fd, &report, sizeof(report), 0) != sizeof(report))
		return EXIT_FAILED;
	return report.step == EXERCISE_DONE ? EXIT_FINE : EXIT_FAILED;
}
