// SPDX-License-Identifier: Apache-2.0
/* Finding the row that fits: the most special kind of program first, the cause's own words last. */
#include "judge/fix/fix.h"

#include <string.h>

#include "base/mem.h"

/* A server before the language it is written in, a library before the language that uses it. */
static const struct fix_kind *const kinds[] = {
	&fix_nginx, &fix_haproxy,      &fix_envoy,     &fix_apache,   &fix_postgres, &fix_pgbouncer,
	&fix_mysql, &fix_redis,	       &fix_memcached, &fix_rabbitmq, &fix_sshd,     &fix_socat,
	&fix_curl,  &fix_docker_proxy, &fix_php_fpm,   &fix_gunicorn, &fix_uvicorn,  &fix_puma,
	&fix_netty, &fix_libpq,	       &fix_gevent,    &fix_asyncio,  &fix_python,   &fix_node,
	&fix_java,  &fix_go,	       &fix_php,       &fix_ruby,     &fix_dotnet,   &fix_erlang,
	&fix_rust,  &fix_libuv,	       &fix_libevent,  &fix_libcurl,
};

const struct fix_kind *fix_kind_at(unsigned int i)
{
	return i < ARRAY_LEN(kinds) ? kinds[i] : NULL;
}

static uint16_t peer_port(const struct account *a)
{
	return a->f->role == ROLE_CONNECTED ? a->f->endpoint.port : 0;
}

bool fix_is_postgres(const struct account *a)
{
	return peer_port(a) == 5432 || peer_port(a) == 6432; /* pgbouncer */
}

bool fix_is_database(const struct account *a)
{
	switch (peer_port(a)) {
	case 1433: /* SQL Server */
	case 1521: /* Oracle */
	case 3306: /* MySQL */
		return true;
	default:
		return fix_is_postgres(a);
	}
}

bool fix_is_in_epoll(const struct account *a)
{
	return a->evidence.fact[EV_WATCHED] != WATCHED_NOTHING;
}

/* "php-fpm*" is php-fpm and php-fpm8.2, not php-fpm_exporter. */
static bool is_exe(const char *name, const char *pattern)
{
	size_t len = strcspn(pattern, "*");

	if (strncmp(name, pattern, len) != 0)
		return false;
	if (pattern[len] == '\0')
		return name[len] == '\0';
	return name[strspn(name + len, "0123456789.-") + len] == '\0';
}

static bool has_exe(const struct fix_kind *kind, const struct process *p)
{
	const char *slash = p->exe ? strrchr(p->exe, '/') : NULL;
	const char *name = slash ? slash + 1 : p->exe ? p->exe : p->comm;

	for (size_t i = 0; name && i < ARRAY_LEN(kind->exes) && kind->exes[i]; i++)
		if (is_exe(name, kind->exes[i]))
			return true;
	return false;
}

/* "/usr/bin/gunicorn" and "gunicorn:" (a title set by the program) are the word gunicorn. */
static bool has_word(const struct fix_kind *kind, const struct process *p)
{
	const char *word = p->cmdline, *name;
	size_t len;

	for (; word && *word; word += len) {
		word += strspn(word, " ");
		len = strcspn(word, " ");
		name = memrchr(word, '/', len);
		name = name ? name + 1 : word;
		for (size_t i = 0; i < ARRAY_LEN(kind->words) && kind->words[i]; i++) {
			size_t n = strlen(kind->words[i]);

			if (strncmp(name, kind->words[i], n) == 0 &&
			    (name + n == word + len || name[n] == ':'))
				return true;
		}
	}
	return false;
}

bool fix_kind_is(const struct fix_kind *kind, const struct process *p)
{
	if (kind->runtime != RUNTIME_UNKNOWN && kind->runtime != p->runtime)
		return false;
	if (kind->libraries && !(kind->libraries & p->libraries))
		return false;
	if (!kind->exes[0] && !kind->words[0])
		return true;
	return has_exe(kind, p) || has_word(kind, p);
}

static bool is_for_cause(const struct fix *row, const struct cause *cause)
{
	for (size_t i = 0; i < ARRAY_LEN(row->causes); i++)
		if (row->causes[i] == cause)
			return true;
	return false;
}

static bool is_for(const struct fix *row, const struct account *a)
{
	if (!is_for_cause(row, cause_at(a->f->cause)))
		return false;
	if (row->states && !(row->states & TCP_BIT(a->f->state)))
		return false;
	if (row->role != ROLE_UNKNOWN && row->role != a->f->role)
		return false;
	return !row->when || row->when(a);
}

static const struct fix *find_row(const struct account *a, const struct process *p,
				  const struct fix_kind **ret_kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!fix_kind_is(kinds[i], p))
			continue;
		for (const struct fix *row = kinds[i]->rows; row->line; row++) {
			if (!is_for(row, a))
				continue;
			*ret_kind = kinds[i];
			return row;
		}
	}
	return NULL;
}

/* What the program has let go of has no owner any more; it came in by a listener, whose program
 * most likely did it. */
static const struct process *find_program(const struct account *a)
{
	uint32_t process;

	if (a->owner || !a->listener)
		return a->owner;
	process = index_process(a->x, (uint32_t)(a->listener - a->s->conns.items));
	return process == ROW_NONE ? NULL : snapshot_process(a->s, process);
}

void fix_tell(struct account *a)
{
	const struct cause *cause = cause_at(a->f->cause);
	const struct process *p = find_program(a);
	const struct fix_kind *kind = NULL;
	bool own = cause->fix_first && cause->fix_first(a);
	const struct fix *row = p && !own ? find_row(a, p, &kind) : NULL;
	struct buf line = { 0 }, more = { 0 };

	if (row) {
		buf_puts(&line, row->line);
		buf_puts(&more, row->more);
		if (kind->apply)
			buf_printf(&more, " %s", kind->apply);
	} else {
		cause->fix(a, &line);
		if (cause->fix_more && !own)
			buf_puts(&more, cause->fix_more);
	}
	a->f->fix = account_take_text(a, &line);
	if (more.len || more.failed)
		a->f->fix_more = account_take_text(a, &more);
}
