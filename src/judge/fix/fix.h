/* SPDX-License-Identifier: Apache-2.0 */
/* What to change, in the terms of the owner's kind of program. Each file beside this one has one
 * kind: how it is recognised, and a row for each cause it has an answer to.
 *
 * A row names only what exists: the top of its file says which document of the vendor it was
 * checked against. What no kind has an answer to, the cause itself has (judge/causes). */
#ifndef JUDGE_FIX_FIX_H
#define JUDGE_FIX_FIX_H

#include <stdbool.h>
#include <stdint.h>

#include "judge/account.h"
#include "judge/causes/cause.h"

/* *shape*: constant; of a kind the first row that fits is taken. */
struct fix {
	const struct cause *causes[6];	       /* those it is for, up to six; NULL ends */
	uint32_t states;		       /* TCP_BIT()s it is for; 0: any */
	uint8_t role;			       /* enum conn_role it is for; ROLE_UNKNOWN: any */
	bool (*when)(const struct account *a); /* and only then; NULL: always */
	const char *line; /* one line, no full stop: "nginx.conf: send_timeout 30s" */
	const char *more; /* sentences: what it does, why, its default, since which version */
};

/* *shape*: constant. All that is set of `runtime`, `libraries` and (one of `exes` or `words`) must
 * be so for a process to be of the kind. */
struct fix_kind {
	const char *name;
	uint8_t runtime;	/* enum runtime; RUNTIME_UNKNOWN: any */
	uint32_t libraries;	/* enum library: one of them is mapped; 0: any */
	const char *exes[6];	/* file names of its program; "*" at the end stands for a version */
	const char *words[4];	/* file names among the words of its command line */
	const struct fix *rows; /* ends with one without a line */
	const char *apply; /* how a change is brought in and what that ends; NULL: a new build */
};

extern const struct fix_kind fix_apache, fix_asyncio, fix_curl, fix_docker_proxy, fix_dotnet,
	fix_envoy, fix_erlang, fix_gevent, fix_go, fix_gunicorn, fix_haproxy, fix_java, fix_libcurl,
	fix_libevent, fix_libpq, fix_libuv, fix_memcached, fix_mysql, fix_netty, fix_nginx,
	fix_node, fix_pgbouncer, fix_php, fix_php_fpm, fix_postgres, fix_puma, fix_python,
	fix_rabbitmq, fix_redis, fix_ruby, fix_rust, fix_socat, fix_sshd, fix_uvicorn;

/* For `when`: the other side is a SQL database, or PostgreSQL, by its port. */
bool fix_is_database(const struct account *a);
bool fix_is_postgres(const struct account *a);

/* For `when`: it is in an epoll set, or that could not be seen. */
bool fix_is_in_epoll(const struct account *a);

/* Whether a process is of a kind. */
bool fix_kind_is(const struct fix_kind *kind, const struct process *p);

/* All kinds, the most special first; NULL after the last. */
const struct fix_kind *fix_kind_at(unsigned int i);

/* Writes a->f->fix and fix_more. */
void fix_tell(struct account *a);

#endif
