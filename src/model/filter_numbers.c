// SPDX-License-Identifier: Apache-2.0
/* What is asked by number, or by a name that stands for one: user, namespace, device, cgroup. */
#include <errno.h>
#include <stdio.h>

#include "base/near.h"
#include "model/filter_private.h"

#define NAME_MAX_LEN 1024 /* a cgroup's path */

int filter_take_number(struct parser *p, struct filter_node *node, const char *what, uint64_t max,
		       int (*resolve)(const char *name, uint64_t *ret))
{
	char name[NAME_MAX_LEN];
	int64_t number;
	int r = filter_need_word(p, what);

	if (r < 0)
		return r;
	number = filter_read_number(filter_word(p), p->token.len, (int64_t)max);
	if (number >= 0)
		node->number = (uint64_t)number;
	else if (!resolve || !filter_copy_word(p, name, sizeof(name)) ||
		 resolve(name, &node->number) < 0)
		return filter_fail(p, p->token.offset, p->token.len, "this is not %s%s", what,
				   resolve ? " that is known here" : "");
	filter_next(p);
	return 0;
}

int filter_take_choice(struct parser *p, struct filter_node *node, const char *what,
		       const char *const *words, size_t n)
{
	struct near near = near_begin(filter_word(p), p->token.len);
	size_t used = 0;
	int r = filter_need_word(p, what);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (!words[i])
			continue;
		if (filter_word_is(p, words[i])) {
			node->number = i;
			filter_next(p);
			return 0;
		}
		near_try(&near, words[i]);
	}
	filter_fail(p, p->token.offset, p->token.len, "this is not %s", what);
	if (near.best)
		return filter_hint(p, "did you mean %s?", near.best);
	filter_hint(p, "there are");
	used = sizeof("there are") - 1;
	for (size_t i = 0; i < n; i++)
		if (words[i] && used < sizeof(p->error->hint))
			used += (size_t)snprintf(p->error->hint + used,
						 sizeof(p->error->hint) - used, "%s %s",
						 used > sizeof("there are") ? "," : "", words[i]);
	return -EINVAL;
}

/* `[= | !=] NUMBER` of what has no order. */
static int parse_equal(struct parser *p, struct filter_node *node, const char *whats,
		       const char *what, uint64_t max,
		       int (*resolve)(const char *name, uint64_t *ret))
{
	int r = filter_take_compare(p, whats, &node->compare);

	return r < 0 ? r : filter_take_number(p, node, what, max, resolve);
}

static enum fact compare_known(const struct test *t, bool known, uint64_t value)
{
	if (!known)
		return FACT_UNKNOWN;
	return filter_compare(t->node->compare, value, t->node->number) ? FACT_YES : FACT_NO;
}

static int parse_user(struct parser *p, struct filter_node *node)
{
	return parse_equal(p, node, "users", "a user", UINT32_MAX,
			   p->names ? p->names->user : NULL);
}

/* Without a file the kernel says 0 for the user (facts F48). */
static enum fact match_user(const struct test *t)
{
	return compare_known(t, t->c->has & CONN_HAS_DIAG && t->c->inode, t->c->uid);
}

static int parse_netns(struct parser *p, struct filter_node *node)
{
	return parse_equal(p, node, "network namespaces", "a network namespace", INT64_MAX,
			   p->names ? p->names->netns : NULL);
}

static enum fact match_netns(const struct test *t)
{
	const struct snapshot *s = t->subject->snapshot;

	return compare_known(t, t->c->netns < s->netns.n,
			     t->c->netns < s->netns.n ? s->netns.items[t->c->netns].inode : 0);
}

static int parse_device(struct parser *p, struct filter_node *node)
{
	return parse_equal(p, node, "devices", "a network device", INT32_MAX,
			   p->names ? p->names->device : NULL);
}

/* Each namespace has its own numbers, and names are those of ours. */
static enum fact match_device(const struct test *t)
{
	const struct snapshot *s = t->subject->snapshot;
	bool is_own = t->c->netns < s->netns.n && s->netns.items[t->c->netns].own;

	return compare_known(t, t->c->has & CONN_HAS_DIAG && is_own, t->c->ifindex);
}

static int parse_cgroup(struct parser *p, struct filter_node *node)
{
	return parse_equal(p, node, "cgroups", "a cgroup", INT64_MAX,
			   p->names ? p->names->cgroup : NULL);
}

static enum fact match_cgroup(const struct test *t)
{
	return compare_known(t, t->c->has & CONN_HAS_CGROUP, t->c->cgroup_id);
}

static int parse_nothing(struct parser *p, struct filter_node *node)
{
	(void)p;
	(void)node;
	return 0;
}

/* As ss tells it where the kernel does not: by the range that such ports are taken from. */
static enum fact match_autobound(const struct test *t)
{
	const struct snapshot *s = t->subject->snapshot;
	const struct netns_settings *set;

	if (t->c->netns >= s->netns.n || !t->c->local.version)
		return FACT_UNKNOWN;
	set = &s->netns.items[t->c->netns].settings;
	if (set->port_low == VALUE_UNKNOWN || set->port_high == VALUE_UNKNOWN)
		return FACT_UNKNOWN;
	return t->c->local.port >= set->port_low && t->c->local.port <= set->port_high ? FACT_YES
										       : FACT_NO;
}

const struct noun filter_noun_uid = { .name = "uid",
				      .takes = "= USER",
				      .says = "who made the socket, by number or name",
				      .parse = parse_user,
				      .match = match_user };
const struct noun filter_noun_user = { .name = "user", .parse = parse_user, .match = match_user };
const struct noun filter_noun_netns = { .name = "netns",
					.takes = "= NAMESPACE",
					.says = "its network namespace: own, a name of ip netns, a "
						"path, or an inode number",
					.parse = parse_netns,
					.match = match_netns };
const struct noun filter_noun_dev = { .name = "dev",
				      .takes = "= DEVICE",
				      .says = "the device it is bound to, in the own network "
					      "namespace",
				      .parse = parse_device,
				      .match = match_device };
const struct noun filter_noun_cgroup = { .name = "cgroup",
					 .takes = "= PATH",
					 .says = "the cgroup it was made in, by path or id",
					 .parse = parse_cgroup,
					 .match = match_cgroup };
const struct noun filter_noun_autobound = { .name = "autobound",
					    .takes = "",
					    .says = "its local port is in the range of those that "
						    "the kernel picks",
					    .parse = parse_nothing,
					    .match = match_autobound };
