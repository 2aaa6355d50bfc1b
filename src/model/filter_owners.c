// SPDX-License-Identifier: Apache-2.0
/* Whose it is: asked of every process that holds a connection, and of the one it is judged by. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/glob.h"
#include "model/filter_private.h"
#include "model/verdict.h"

/* Shorter beginnings of a container's id mean too many. */
#define CONTAINER_PART_MIN 4

int filter_keep_text(struct parser *p, struct filter_node *node, const char *what)
{
	struct filter *f = p->filter;
	size_t len = p->token.len;

	if (len == 0 || memchr(filter_word(p), '\0', len))
		return filter_fail(p, p->token.offset, len, "%s is missing here", what);
	/* Texts are parts of the whole, so they have room. */
	node->text = f->texts_len;
	node->text_len = (uint16_t)len;
	memcpy(f->texts + f->texts_len, filter_word(p), len);
	f->texts_len = (uint16_t)(f->texts_len + len);
	filter_next(p);
	return 0;
}

bool filter_text_is(const struct test *t, const char *text)
{
	return glob_match(t->filter->texts + t->node->text, t->node->text_len, text);
}

typedef enum fact ask_process(const struct test *t, const struct process *p, int32_t fd);

/* What is known of those who hold it: yes for any of them, no for all, else unknown. What no file
 * refers to nobody holds. */
static enum fact ask_holders(const struct test *t, ask_process *ask)
{
	const struct snapshot *s = t->subject->snapshot;
	const struct verdict *v = t->subject->verdict;
	bool any = t->c->n_holders > 0, unknown = false;
	enum fact said;

	for (uint32_t i = 0; i < t->c->n_holders; i++) {
		const struct holder *h = &s->holders.items[t->c->holders + i];

		said = ask(t, &s->processes.items[h->process], h->fd);
		if (said == FACT_YES)
			return said;
		unknown |= said == FACT_UNKNOWN;
	}
	/* One that waits to be accepted: its listener's process. */
	if (!any && v && v->owner < s->holders.n) {
		any = true;
		said = ask(t, &s->processes.items[s->holders.items[v->owner].process], -1);
		if (said == FACT_YES)
			return said;
		unknown |= said == FACT_UNKNOWN;
	}
	return unknown || (!any && t->c->inode) ? FACT_UNKNOWN : FACT_NO;
}

/* "!=" is the opposite of "=": none of them is it. */
static enum fact ask_equal(const struct test *t, ask_process *ask)
{
	enum fact said = ask_holders(t, ask);

	return t->node->compare == FILTER_NE ? filter_not(said) : said;
}

static enum fact as_fact(bool is_so)
{
	return is_so ? FACT_YES : FACT_NO;
}

/* A fact that /proc tells of who was looked at there. */
static enum fact text_or_none(const struct test *t, const struct process *p, const char *text,
			      bool (*is)(const struct test *t, const char *text))
{
	if (text)
		return as_fact(is(t, text));
	return p->start_ns ? FACT_NO : FACT_UNKNOWN;
}

static uint8_t equal_of(const struct test *t)
{
	return t->node->compare == FILTER_NE ? FILTER_EQ : t->node->compare;
}

static int parse_pid(struct parser *p, struct filter_node *node)
{
	int r = filter_take_compare(p, NULL, &node->compare);

	return r < 0 ? r : filter_take_number(p, node, "a process id", INT32_MAX, NULL);
}

static enum fact is_pid(const struct test *t, const struct process *p, int32_t fd)
{
	(void)fd;
	if (!p->pid)
		return FACT_UNKNOWN;
	return as_fact(filter_compare(equal_of(t), p->pid, t->node->number));
}

static enum fact match_pid(const struct test *t)
{
	return ask_equal(t, is_pid);
}

static int parse_fd(struct parser *p, struct filter_node *node)
{
	int r = filter_take_compare(p, NULL, &node->compare);

	return r < 0 ? r : filter_take_number(p, node, "a file descriptor", INT32_MAX, NULL);
}

static enum fact is_fd(const struct test *t, const struct process *p, int32_t fd)
{
	(void)p;
	return as_fact(fd >= 0 && filter_compare(equal_of(t), (uint64_t)fd, t->node->number));
}

static enum fact match_fd(const struct test *t)
{
	return ask_equal(t, is_fd);
}

static int parse_name(struct parser *p, struct filter_node *node)
{
	int r = filter_take_compare(p, "names", &node->compare);

	if (r == 0)
		r = filter_need_word(p, "a name");
	return r < 0 ? r : filter_keep_text(p, node, "a name");
}

static enum fact is_comm(const struct test *t, const struct process *p, int32_t fd)
{
	(void)fd;
	return p->comm ? as_fact(filter_text_is(t, p->comm)) : FACT_UNKNOWN;
}

static enum fact match_comm(const struct test *t)
{
	return ask_equal(t, is_comm);
}

static enum fact is_exe(const struct test *t, const struct process *p, int32_t fd)
{
	const char *name;

	(void)fd;
	if (!p->exe)
		return FACT_UNKNOWN;
	name = strrchr(p->exe, '/');
	return as_fact(filter_text_is(t, p->exe) || (name && filter_text_is(t, name + 1)));
}

static enum fact match_exe(const struct test *t)
{
	return ask_equal(t, is_exe);
}

static enum fact is_cmdline(const struct test *t, const struct process *p, int32_t fd)
{
	(void)fd;
	return text_or_none(t, p, p->cmdline, filter_text_is);
}

static enum fact match_cmdline(const struct test *t)
{
	return ask_equal(t, is_cmdline);
}

/* "nginx" is nginx.service too, as systemctl has it. */
static bool unit_is(const struct test *t, const char *unit)
{
	static const char suffix[] = ".service";
	size_t len = strlen(unit), mark = sizeof(suffix) - 1;
	char name[256];

	if (filter_text_is(t, unit))
		return true;
	if (len <= mark || len - mark >= sizeof(name) || strcmp(unit + len - mark, suffix) != 0)
		return false;
	memcpy(name, unit, len - mark);
	name[len - mark] = '\0';
	return filter_text_is(t, name);
}

static enum fact is_unit(const struct test *t, const struct process *p, int32_t fd)
{
	(void)fd;
	return text_or_none(t, p, p->unit, unit_is);
}

static enum fact match_unit(const struct test *t)
{
	return ask_equal(t, is_unit);
}

/* The first digits of an id are enough, as for docker. */
static bool container_is(const struct test *t, const char *container)
{
	const char *part = t->filter->texts + t->node->text;
	size_t len = t->node->text_len;

	if (filter_text_is(t, container))
		return true;
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)part[i]))
			return false;
	return len >= CONTAINER_PART_MIN && strncmp(container, part, len) == 0;
}

static enum fact is_container(const struct test *t, const struct process *p, int32_t fd)
{
	(void)fd;
	return text_or_none(t, p, p->container, container_is);
}

static enum fact match_container(const struct test *t)
{
	return ask_equal(t, is_container);
}

/* "namespace/pod" is meant by its pod, too. */
static bool pod_is(const struct test *t, const char *pod)
{
	const char *name = strchr(pod, '/');

	return filter_text_is(t, pod) || (name && filter_text_is(t, name + 1));
}

static enum fact is_pod(const struct test *t, const struct process *p, int32_t fd)
{
	(void)fd;
	return text_or_none(t, p, p->pod, pod_is);
}

static enum fact match_pod(const struct test *t)
{
	return ask_equal(t, is_pod);
}

const struct noun filter_noun_pid = { .name = "pid",
				      .takes = "= PID",
				      .says = "a process that holds it, or that has not accepted "
					      "it; also != < <= > >=",
				      .parse = parse_pid,
				      .match = match_pid };
const struct noun filter_noun_fd = { .name = "fd",
				     .takes = "= NUMBER",
				     .says = "its file descriptor in such a process",
				     .parse = parse_fd,
				     .match = match_fd };
const struct noun filter_noun_comm = { .name = "comm",
				       .takes = "= NAME",
				       .says = "the name of such a process",
				       .parse = parse_name,
				       .match = match_comm };
const struct noun filter_noun_exe = { .name = "exe",
				      .takes = "= FILE",
				      .says = "its program, by path or file name",
				      .parse = parse_name,
				      .match = match_exe };
const struct noun filter_noun_program = { .name = "program",
					  .parse = parse_name,
					  .match = match_exe };
const struct noun filter_noun_cmdline = { .name = "cmdline",
					  .takes = "= TEXT",
					  .says = "its command line",
					  .parse = parse_name,
					  .match = match_cmdline };
const struct noun filter_noun_unit = { .name = "unit",
				       .takes = "= NAME",
				       .says = "its systemd unit, with .service or without",
				       .parse = parse_name,
				       .match = match_unit };
const struct noun filter_noun_container = { .name = "container",
					    .takes = "= ID",
					    .says = "its container, by 4 digits of the id or more",
					    .parse = parse_name,
					    .match = match_container };
const struct noun filter_noun_pod = {
	.name = "pod", .takes = "= NAME", .says = "its pod", .parse = parse_name, .match = match_pod
};
