// SPDX-License-Identifier: Apache-2.0
/* `linger lab`: sets a scene, says what stands on the stage, and waits until it is to go. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/near.h"
#include "cli/command.h"
#include "cli/output.h"
#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/stage.h"
#include "lab/wire/link.h"

enum { GRACE_MS = 5000, EXIT_SIGNALLED = 128 };

static const struct command_option options[] = {
	{ .name = "list", .help = "list the scenes" },
	{ .name = "count",
	  .arg = "N",
	  .help = "make N such connections (default 1, or what the scene needs)" },
	{ .name = "ipv6", .help = "make them over IPv6" },
	{ .name = "json", .help = "print the list, or what was made, as JSON" },
	{ .name = "wire-log", .help = "print each segment that goes over the wire to stderr" },
	{ .name = "wait-stdin", .help = "end also when stdin ends" },
	{ .name = NULL },
};

static const struct command_example examples[] = {
	{ "linger lab --list", "what there is to see" },
	{ "linger lab eof-ignored", "make one, then look at it from another terminal" },
	{ "linger lab never-accepted --count 100 -- ss -tan", "look at it from inside" },
	{ .line = NULL },
};

static const char description[] =
	"Makes connections that are stuck in a closing state, or look as if they were, with real "
	"processes and a real kernel, in a network namespace of its own: to learn how each looks, "
	"and to test what finds them. The other host at the end of the wire is a program that can "
	"vanish, shut its window, or never close.\n\n"
	"It prints what it made, then waits until it is interrupted; with -- CMD it runs the "
	"command inside the namespace and ends with the command's exit status. Nothing is left "
	"behind, whatever ends it. Root is not needed where user namespaces are allowed.";

struct lab_options {
	const struct scene *scene;
	unsigned count;
	bool has_json, must_wait_stdin;
};

/* ---- --list ---- */

static void list_text(void)
{
	printf("%-26s %-11s %-9s %s\n", "SCENE", "STATE", "SEVERITY", "WHAT IT MAKES");
	for (size_t i = 0; scene_table[i]; i++) {
		const struct scene *s = scene_table[i];

		printf("%-26s %-11s %-9s %s\n", s->name, s->state, s->severity, s->summary);
	}
}

/* Every text of the table is plain ASCII without quotes: nothing to escape. */
static void list_json(void)
{
	printf("[");
	for (size_t i = 0; scene_table[i]; i++) {
		const struct scene *s = scene_table[i];

		printf("%s\n  {\"scene\": \"%s\", \"cause\": \"%s\", \"severity\": \"%s\", "
		       "\"state\": \"%s\", \"role\": \"%s\", \"min_count\": %u, \"max_count\": %u, "
		       "\"summary\": \"%s\"}",
		       i ? "," : "", s->name, s->cause, s->severity, s->state, s->role,
		       scene_min_count(s), scene_max_count(s), s->summary);
	}
	printf("\n]\n");
}

/* ---- what was made ---- */

static void say_json(const struct stage *stage, const struct lab_options *o)
{
	const struct scene *s = o->scene;
	bool is_v6 = stage->family == AF_INET6;

	printf("{\"scene\": \"%s\", \"cause\": \"%s\", \"severity\": \"%s\", \"state\": \"%s\", "
	       "\"role\": \"%s\", \"count\": %u, \"netns\": %llu, \"user_ns\": %s, "
	       "\"local\": \"%s\", \"peer\": \"%s\", \"listen_port\": %d, \"peer_port\": %d, "
	       "\"pids\": [",
	       s->name, s->cause, s->severity, s->state, s->role, stage->count,
	       (unsigned long long)stage->netns_inode, stage->has_user_ns ? "true" : "false",
	       is_v6 ? LINK_LOCAL6_TEXT : LINK_LOCAL4_TEXT,
	       is_v6 ? LINK_PEER6_TEXT : LINK_PEER4_TEXT, ACTOR_SERVE_PORT, ACTOR_PEER_PORT);
	for (size_t i = 0; i < stage->processes.n; i++)
		printf("%s{\"pid\": %d, \"role\": \"%s\"}", i ? ", " : "",
		       (int)stage->processes.items[i].pid, stage->processes.items[i].role);
	printf("]}\n");
}

static void say_text(const struct stage *stage, const struct lab_options *o)
{
	const struct scene *s = o->scene;

	printf("%s × %u: %s\n", s->state, stage->count, s->summary);
	if (*s->cause)
		printf("to be found as %s (%s)\n", s->cause, s->severity);
	else
		printf("nothing here is stuck\n");
	for (size_t i = 0; i < stage->processes.n; i++)
		printf("pid %-8d %s\n", (int)stage->processes.items[i].pid,
		       stage->processes.items[i].role);
	printf("netns %llu\n", (unsigned long long)stage->netns_inode);
	printf("look at it from another terminal:  sudo linger\n");
	printf("ready\n");
}

/* ---- waiting ---- */

static bool is_on_stage(const struct stage *stage, pid_t pid)
{
	for (size_t i = 0; i < stage->processes.n; i++)
		if (stage->processes.items[i].pid == pid)
			return true;
	return false;
}

/* Collects the children that have ended. The pid of one of the scene's, 0 for none; `command`'s
 * status through ret_status when it is among them. */
static pid_t reap(const struct stage *stage, pid_t command, int *ret_status)
{
	int status;
	pid_t pid, lost = 0;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == command)
			*ret_status = WIFSIGNALED(status) ? EXIT_SIGNALLED + WTERMSIG(status)
							  : WEXITSTATUS(status);
		else if (is_on_stage(stage, pid))
			lost = pid;
	}
	return lost;
}

/* What to do with a signal while the command runs: the terminal gives its interrupt to the command
 * as well, everything else is passed on. */
static void pass_on(pid_t command, const struct signalfd_siginfo *signal)
{
	if (signal->ssi_signo != SIGINT || signal->ssi_code != SI_KERNEL)
		kill(command, (int)signal->ssi_signo);
}

/* Waits for the command (or, when it is 0, for a signal to end). The exit status. */
static int wait_for_end(const struct stage *stage, const struct lab_options *o, pid_t command)
{
	struct pollfd wait[] = {
		{ .fd = stage->signal_fd, .events = POLLIN },
		{ .fd = o->must_wait_stdin && !command ? STDIN_FILENO : -1, .events = POLLIN },
	};
	int status = -1, grace_ms = -1;

	for (;;) {
		struct signalfd_siginfo signal;
		char ignored[256];
		pid_t lost;
		int n = poll(wait, 2, grace_ms);

		if (n == 0)
			kill(command, SIGKILL); /* it was asked to end and did not */
		if (n > 0 && wait[1].revents && read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0)
			return EXIT_DONE;
		while (read(stage->signal_fd, &signal, sizeof(signal)) == sizeof(signal)) {
			if (signal.ssi_signo == SIGCHLD)
				continue;
			if (!command)
				return EXIT_DONE;
			pass_on(command, &signal);
			grace_ms = GRACE_MS;
		}
		lost = reap(stage, command, &status);
		if (status >= 0)
			return status;
		if (lost && !command)
			return command_fail(EXIT_NO_LOOK,
					    "keep the scene: process %d has ended; start it again",
					    (int)lost);
	}
}

static _Noreturn void become(char **argv, pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(EXIT_SIGNALLED - 1);
	execvp(argv[0], argv);
	command_fail(0, "run %s: %s", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int run_command(const struct stage *stage, const struct lab_options *o, char **argv)
{
	pid_t self = getpid(), pid = fork();

	if (pid < 0)
		return command_fail(EXIT_NO_LOOK, "start %s: %s", argv[0], strerror(errno));
	if (pid == 0)
		become(argv, self);
	return wait_for_end(stage, o, pid);
}

/* ---- the command ---- */

/* Says what stands there, and waits until it is to go. */
static int show_scene(const struct stage *stage, const struct lab_options *o)
{
	if (o->has_json)
		say_json(stage, o);
	else
		say_text(stage, o);
	errno = 0;
	/* Who cannot be told that the scene is ready waits for it in vain. */
	if (fflush(stdout) == 0)
		return wait_for_end(stage, o, 0);
	clearerr(stdout); /* said once is enough */
	return output_end(EXIT_DONE, errno ? -errno : -EIO);
}

static int play_scene(const struct invocation *in, const struct lab_options *o)
{
	struct stage stage = {
		.scene = o->scene,
		.count = o->count,
		.family = command_value(in, "ipv6") ? AF_INET6 : AF_INET,
		.log_fd = command_value(in, "wire-log") ? STDERR_FILENO : -1,
	};
	int err = stage_open(&stage), status;

	if (!err)
		err = o->scene->run(&stage);
	if (err == -EINTR) {
		status = EXIT_DONE;
	} else if (err) {
		status = command_fail(EXIT_NO_LOOK, "set the scene %s: %s", o->scene->name,
				      stage.error);
	} else if (in->rest) {
		status = run_command(&stage, o, in->rest);
	} else {
		status = show_scene(&stage, o);
	}
	stage_close(&stage);
	return status;
}

/* The names of which `typed` is a part, or else the nearest one. */
static void add_near_names(struct buf *b, const char *typed)
{
	struct near near = near_begin(typed, strlen(typed));
	unsigned n = 0;

	for (size_t i = 0; scene_table[i]; i++) {
		near_try(&near, scene_table[i]->name);
		if (*typed && strstr(scene_table[i]->name, typed))
			buf_printf(b, "%s%s", n++ ? ", " : "", scene_table[i]->name);
	}
	if (!n && near.best)
		buf_puts(b, near.best);
}

static int fail_unknown(const char *name)
{
	_buf_ struct buf names = { 0 };

	add_near_names(&names, name);
	if (names.len)
		return command_fail(EXIT_USAGE, "lab: there is no scene %s; near it: %s", name,
				    buf_text(&names));
	return command_fail(EXIT_USAGE, "lab: there is no scene %s; linger lab --list shows them",
			    name);
}

/* The count asked for, as the scene allows it. 0 or an exit status. */
static int parse_count(const char *text, struct lab_options *o)
{
	unsigned min = scene_min_count(o->scene), max = scene_max_count(o->scene);
	unsigned long n = min;
	char *end;

	if (text) {
		errno = 0;
		n = strtoul(text, &end, 10);
		if (errno || end == text || *end || *text == '-' || n < min || n > max)
			return command_fail(EXIT_USAGE,
					    "lab: --count of %s is a number from %u to %u",
					    o->scene->name, min, max);
	}
	o->count = (unsigned)n;
	return 0;
}

static int run(const struct invocation *in)
{
	struct lab_options o = {
		.has_json = command_value(in, "json"),
		.must_wait_stdin = command_value(in, "wait-stdin"),
	};
	int status;

	if (command_value(in, "list")) {
		if (o.has_json)
			list_json();
		else
			list_text();
		return EXIT_DONE;
	}
	if (in->n_args != 1)
		return command_fail(EXIT_USAGE, "lab: name one scene; see linger lab --list");
	if (in->rest && !in->rest[0])
		return command_fail(EXIT_USAGE, "lab: a command is missing after --");
	o.scene = scene_find(in->args[0]);
	if (!o.scene)
		return fail_unknown(in->args[0]);
	status = parse_count(command_value(in, "count"), &o);
	return status ? status : play_scene(in, &o);
}

const struct command command_lab = {
	.name = "lab",
	.synopsis = "SCENE [--count N] [--ipv6] [-- CMD ARG...] | --list",
	.summary = "make any closing state for real, in a private network namespace",
	.description = description,
	.options = options,
	.examples = examples,
	.takes_rest = true,
	.run = run,
};
