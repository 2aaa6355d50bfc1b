// SPDX-License-Identifier: Apache-2.0
/* Reading /proc's texts without believing them. */
#include "see/procs/parse.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

/* What is left of a text. */
struct cursor {
	const char *at, *end;
};

/* Takes the next word, up to a space, tab or newline. False at the end. */
static bool next_word(struct cursor *c, const char **ret_word, size_t *ret_len)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n'))
		c->at++;
	*ret_word = c->at;
	while (c->at < c->end && *c->at != ' ' && *c->at != '\t' && *c->at != '\n')
		c->at++;
	*ret_len = (size_t)(c->at - *ret_word);
	return *ret_len > 0;
}

static bool next_line(struct cursor *c, struct cursor *ret_line)
{
	const char *newline;

	if (c->at >= c->end)
		return false;
	newline = memchr(c->at, '\n', (size_t)(c->end - c->at));
	*ret_line = (struct cursor){ c->at, newline ? newline : c->end };
	c->at = newline ? newline + 1 : c->end;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return 99;
}

/* The whole of a word as a number in base 10 or 16. False when it is none or does not fit. */
static bool word_number(const char *word, size_t len, uint64_t base, uint64_t *ret)
{
	uint64_t value = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		uint64_t digit = (uint64_t)digit_value(word[i]);

		if (digit >= base || value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	*ret = value;
	return true;
}

static bool word_is(const char *word, size_t len, const char *text)
{
	return strlen(text) == len && memcmp(word, text, len) == 0;
}

static bool starts_with(const struct cursor *c, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(c->end - c->at) >= len && memcmp(c->at, text, len) == 0;
}

static const char *last_byte(const char *text, size_t len, char byte)
{
	return memrchr(text, byte, len);
}

/* Fields are numbered as in proc_pid_stat(5); the third, the state, comes first after the name. */
enum {
	STAT_STATE = 3,
	STAT_PPID = 4,
	STAT_SESSION = 6,
	STAT_FLAGS = 9,
	STAT_UTIME = 14,
	STAT_STIME = 15,
	STAT_THREADS = 20,
	STAT_START = 22,
};

static bool is_wanted_field(int field)
{
	return field == STAT_PPID || field == STAT_SESSION || field == STAT_FLAGS ||
	       field == STAT_UTIME || field == STAT_STIME || field == STAT_THREADS ||
	       field == STAT_START;
}

/* Puts the number of one field where it belongs. False when it does not fit. */
static bool take_field(struct procs_stat *stat, int field, uint64_t value)
{
	uint32_t *narrow = field == STAT_PPID	   ? &stat->ppid
			   : field == STAT_SESSION ? &stat->session
			   : field == STAT_FLAGS   ? &stat->flags
						   : &stat->threads;

	if (field == STAT_START) {
		stat->start_ticks = value;
	} else if (field == STAT_UTIME || field == STAT_STIME) {
		stat->cpu_ticks += value;
	} else {
		*narrow = (uint32_t)value;
		return value <= UINT32_MAX;
	}
	return true;
}

int procs_parse_stat(const char *text, size_t len, struct procs_stat *ret)
{
	/* The name may hold parentheses of its own; nothing after it does. */
	const char *open = memchr(text, '(', len), *close = last_byte(text, len, ')');
	struct procs_stat stat = { 0 };
	struct cursor c;
	size_t comm_len;

	if (!open || !close || close < open)
		return -EBADMSG;
	comm_len = (size_t)(close - open - 1);
	if (comm_len >= sizeof(stat.comm))
		comm_len = sizeof(stat.comm) - 1;
	memcpy(stat.comm, open + 1, comm_len);
	c = (struct cursor){ close + 1, text + len };
	for (int field = STAT_STATE; field <= STAT_START; field++) {
		const char *word;
		size_t word_len;
		uint64_t value;

		if (!next_word(&c, &word, &word_len))
			return -EBADMSG;
		if (field == STAT_STATE) {
			if (word_len != 1 || !is_letter(word[0]))
				return -EBADMSG;
			stat.state = word[0];
			continue;
		}
		/* Being reaped, it is in no session any more (do_task_stat()). */
		if (!is_wanted_field(field) ||
		    (field == STAT_SESSION && word_is(word, word_len, "-1")))
			continue;
		if (!word_number(word, word_len, 10, &value) || !take_field(&stat, field, value))
			return -EBADMSG;
	}
	*ret = stat;
	return 0;
}

uint32_t procs_parse_fds_limit(const char *text, size_t len)
{
	static const char title[] = "Max open files ";
	struct cursor c = { text, text + len }, line;

	while (next_line(&c, &line)) {
		const char *word;
		size_t word_len;
		uint64_t value;

		if (!starts_with(&line, title))
			continue;
		line.at += sizeof(title) - 1;
		if (!next_word(&line, &word, &word_len))
			return VALUE_UNKNOWN;
		if (word_is(word, word_len, "unlimited"))
			return VALUE_UNKNOWN - 1;
		if (!word_number(word, word_len, 10, &value))
			return VALUE_UNKNOWN;
		return value < VALUE_UNKNOWN ? (uint32_t)value : VALUE_UNKNOWN - 1;
	}
	return VALUE_UNKNOWN;
}

enum fact procs_parse_cgroup_events(const char *text, size_t len)
{
	struct cursor c = { text, text + len }, line;

	while (next_line(&c, &line)) {
		const char *word;
		size_t word_len;

		if (!next_word(&line, &word, &word_len) || !word_is(word, word_len, "frozen"))
			continue;
		if (!next_word(&line, &word, &word_len))
			return FACT_UNKNOWN;
		if (word_is(word, word_len, "1"))
			return FACT_YES;
		return word_is(word, word_len, "0") ? FACT_NO : FACT_UNKNOWN;
	}
	return FACT_UNKNOWN;
}

enum fact procs_parse_freezer_state(const char *text, size_t len)
{
	struct cursor c = { text, text + len };
	const char *word;
	size_t word_len;

	if (!next_word(&c, &word, &word_len))
		return FACT_UNKNOWN;
	if (word_is(word, word_len, "FROZEN"))
		return FACT_YES;
	if (word_is(word, word_len, "THAWED") || word_is(word, word_len, "FREEZING"))
		return FACT_NO;
	return FACT_UNKNOWN;
}

bool procs_parse_has_pid(const char *text, size_t len, uint32_t pid)
{
	struct cursor c = { text, text + len };
	const char *word;
	size_t word_len;
	uint64_t value;

	while (next_word(&c, &word, &word_len))
		if (word_number(word, word_len, 10, &value) && value == pid)
			return true;
	return false;
}

/* "tfd:        5 events:       19 data:                5  pos:0 ino:2a3 sdev:8": the value follows
 * its name at once or after blanks. */
static bool named_number(struct cursor c, const char *name, uint64_t base, uint64_t *ret)
{
	size_t name_len = strlen(name);
	const char *word;
	size_t len;

	while (next_word(&c, &word, &len)) {
		if (len < name_len || memcmp(word, name, name_len) != 0)
			continue;
		if (len > name_len)
			return word_number(word + name_len, len - name_len, base, ret);
		return next_word(&c, &word, &len) && word_number(word, len, base, ret);
	}
	return false;
}

bool procs_parse_epoll_line(const char *line, size_t len, struct procs_epoll_target *ret)
{
	struct cursor c = { line, line + len };
	uint64_t fd, events, data, inode;

	if (!starts_with(&c, "tfd:"))
		return false;
	if (!named_number(c, "tfd:", 10, &fd) || fd > INT32_MAX ||
	    !named_number(c, "events:", 16, &events) || events > UINT32_MAX ||
	    !named_number(c, "data:", 16, &data) || !named_number(c, "ino:", 16, &inode))
		return false;
	*ret = (struct procs_epoll_target){
		.data = data, .inode = inode, .events = (uint32_t)events, .fd = (int32_t)fd
	};
	return true;
}

bool procs_parse_link(const char *link, size_t len, const char *prefix, uint64_t *ret_number)
{
	struct cursor c = { link, link + len };
	size_t prefix_len = strlen(prefix);

	if (!starts_with(&c, prefix) || link[len - 1] != ']')
		return false;
	return word_number(link + prefix_len, len - prefix_len - 1, 10, ret_number);
}

/* "0x7f06" */
static bool word_hex(const char *word, size_t len, uint64_t *ret)
{
	return len > 2 && word[0] == '0' && word[1] == 'x' &&
	       word_number(word + 2, len - 2, 16, ret);
}

int procs_parse_call(const char *text, size_t len, struct procs_call *ret)
{
	struct cursor c = { text, text + len };
	struct procs_call call = { .nr = -1 };
	const char *word;
	size_t word_len;
	uint64_t nr;

	if (!next_word(&c, &word, &word_len))
		return -EBADMSG;
	if (word_is(word, word_len, "running")) {
		call.running = true;
	} else if (!word_is(word, word_len, "-1")) {
		if (!word_number(word, word_len, 10, &nr) || nr > INT32_MAX)
			return -EBADMSG;
		call.nr = (int32_t)nr;
		for (size_t i = 0; i < ARRAY_LEN(call.args); i++)
			if (!next_word(&c, &word, &word_len) ||
			    !word_hex(word, word_len, &call.args[i]))
				return -EBADMSG;
	}
	*ret = call;
	return 0;
}

bool procs_parse_schedstat(const char *text, size_t len, struct procs_run *ret)
{
	struct cursor c = { text, text + len };
	uint64_t numbers[3];

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		const char *word;
		size_t word_len;

		if (!next_word(&c, &word, &word_len) ||
		    !word_number(word, word_len, 10, &numbers[i]))
			return false;
	}
	/* Whoever can be looked at has run at least once. */
	if (numbers[2] == 0)
		return false;
	*ret = (struct procs_run){ .ran_ns = numbers[0], .runs = numbers[2] };
	return true;
}

bool procs_parse_switches(const char *text, size_t len, uint64_t *ret_switches)
{
	static const char *const titles[] = { "voluntary_ctxt_switches:",
					      "nonvoluntary_ctxt_switches:" };
	struct cursor c = { text, text + len }, line;
	uint64_t sum = 0;
	size_t found = 0;

	while (found < ARRAY_LEN(titles) && next_line(&c, &line)) {
		const char *word;
		size_t word_len;
		uint64_t value;

		if (!starts_with(&line, titles[found]))
			continue;
		line.at += strlen(titles[found]);
		if (!next_word(&line, &word, &word_len) || !word_number(word, word_len, 10, &value))
			return false;
		sum += value;
		found++;
	}
	if (found < ARRAY_LEN(titles))
		return false;
	*ret_switches = sum;
	return true;
}

/* How a link begins, and what such files are. The first that fits counts. */
struct link_name {
	const char *prefix;
	enum thread_object object;
};

enum thread_object procs_parse_object(const char *link, size_t len, uint32_t *ret_inode)
{
	static const struct link_name names[] = {
		{ "anon_inode:[eventpoll]", OBJECT_EPOLL },
		{ "anon_inode:[eventfd]", OBJECT_EVENT },
		{ "anon_inode:[timerfd]", OBJECT_EVENT },
		{ "anon_inode:[signalfd]", OBJECT_EVENT },
		{ "anon_inode:[pidfd]", OBJECT_EVENT },
		{ "anon_inode:inotify", OBJECT_EVENT },
		{ "anon_inode:[fanotify]", OBJECT_EVENT },
		{ "pidfd:[", OBJECT_EVENT }, /* since Linux 6.14 */
		{ "pipe:[", OBJECT_PIPE },
		{ "/dev/pts/", OBJECT_TERMINAL },
		{ "/dev/tty", OBJECT_TERMINAL },
		{ "/dev/console", OBJECT_TERMINAL },
		{ "/dev/", OBJECT_OTHER },
		{ "/", OBJECT_FILE },
	};
	const struct cursor c = { link, link + len };
	uint64_t inode;

	*ret_inode = 0;
	if (procs_parse_link(link, len, "socket:[", &inode)) {
		*ret_inode = inode <= UINT32_MAX ? (uint32_t)inode : 0;
		return OBJECT_SOCKET;
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (starts_with(&c, names[i].prefix))
			return names[i].object;
	return OBJECT_OTHER;
}

/* A name, whether more may follow it (a version: "python3.11"), and what it tells: an enum runtime
 * or an enum library. */
struct known_name {
	const char *name;
	bool version;
	uint32_t tells;
};

/* "3.11", ".108" and "-3.1.so" follow a name as its version; "-exporter" makes it another name. */
static bool is_version(const char *text, size_t len)
{
	if (len > 0 && (*text == '.' || *text == '-')) {
		text++;
		len--;
	}
	return len > 0 && *text >= '0' && *text <= '9';
}

static uint32_t find_name(const struct known_name *names, size_t n, const char *base, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		size_t name_len = strlen(names[i].name);

		if (len < name_len || memcmp(base, names[i].name, name_len) != 0)
			continue;
		if (len == name_len ||
		    (names[i].version && is_version(base + name_len, len - name_len)))
			return names[i].tells;
	}
	return 0;
}

static const char *base_name(const char *path, size_t *len)
{
	const char *slash = last_byte(path, *len, '/');

	if (!slash)
		return path;
	*len -= (size_t)(slash + 1 - path);
	return slash + 1;
}

enum runtime procs_runtime_of_exe(const char *path)
{
	static const struct known_name names[] = {
		{ "java", false, RUNTIME_JVM },
		{ "node", true, RUNTIME_NODE },
		{ "nodejs", false, RUNTIME_NODE },
		{ "python", true, RUNTIME_PYTHON },
		{ "pypy", true, RUNTIME_PYTHON },
		{ "nginx", false, RUNTIME_NGINX },
		{ "haproxy", false, RUNTIME_HAPROXY },
		{ "postgres", false, RUNTIME_POSTGRES },
		{ "redis-server", false, RUNTIME_REDIS },
		{ "redis-check-rdb", false, RUNTIME_REDIS }, /* the same file in Debian */
		{ "valkey-server", false, RUNTIME_REDIS },
		{ "ruby", true, RUNTIME_RUBY },
		{ "php", true, RUNTIME_PHP },
		{ "php-fpm", true, RUNTIME_PHP },
		{ "php-cgi", true, RUNTIME_PHP },
		{ "beam.smp", false, RUNTIME_ERLANG },
		{ "beam", false, RUNTIME_ERLANG },
		{ "dotnet", false, RUNTIME_DOTNET },
	};
	size_t len = strlen(path);
	const char *base = base_name(path, &len);

	return (enum runtime)find_name(names, ARRAY_LEN(names), base, len);
}

enum runtime procs_runtime_of_library(const char *path, size_t len)
{
	static const struct known_name names[] = {
		{ "libjvm.so", true, RUNTIME_JVM },   { "libpython", true, RUNTIME_PYTHON },
		{ "libnode.so", true, RUNTIME_NODE }, { "libcoreclr.so", true, RUNTIME_DOTNET },
		{ "libruby.so", true, RUNTIME_RUBY }, { "libruby", true, RUNTIME_RUBY },
		{ "libphp.so", true, RUNTIME_PHP },   { "libphp", true, RUNTIME_PHP },
	};
	const char *base = base_name(path, &len);

	return (enum runtime)find_name(names, ARRAY_LEN(names), base, len);
}

/* "libssl.so.3", and "libssl-3fa1b2.so.3" as Python wheels rename what they bring. Whatever follows
 * a name here belongs to the same library; the names are chosen so. */
uint32_t procs_library_of(const char *path, size_t len)
{
	static const struct {
		const char *begins;
		uint32_t library;
	} names[] = {
		{ "libpq.so", LIBRARY_PQ },
		{ "libpq-", LIBRARY_PQ },
		{ "libmysqlclient", LIBRARY_MYSQL },
		{ "libmariadb", LIBRARY_MYSQL },
		{ "libcurl", LIBRARY_CURL },
		{ "libhiredis", LIBRARY_HIREDIS },
		{ "libuv.so", LIBRARY_UV },
		{ "libevent-", LIBRARY_EVENT },
		{ "libevent_core", LIBRARY_EVENT },
		{ "libev.so", LIBRARY_EV },
		{ "liburing.so", LIBRARY_URING },
		{ "libssl", LIBRARY_SSL },
		{ "libgnutls", LIBRARY_SSL },
		{ "libgrpc", LIBRARY_GRPC },
		{ "cygrpc.", LIBRARY_GRPC },
		{ "_asyncio.", LIBRARY_ASYNCIO },
		{ "_gevent_c", LIBRARY_GEVENT },
		{ "libnetty_transport_native_", LIBRARY_NETTY },
	};
	const char *base = base_name(path, &len);
	uint32_t found = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t name_len = strlen(names[i].begins);

		if (len >= name_len && memcmp(base, names[i].begins, name_len) == 0)
			found |= names[i].library;
	}
	return found;
}
