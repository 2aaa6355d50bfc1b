// SPDX-License-Identifier: Apache-2.0
/* Filters from the command line, and where they are wrong. */
#include "cli/filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "judge/causes/table.h"

/* From the files of this host alone: a static binary must not load modules of another C library,
 * and nobody on call waits for a directory server. */
static int find_service(const char *name, uint64_t *ret_port)
{
	const struct servent *service;

	__nss_configure_lookup("services", "files");
	service = getservbyname(name, "tcp");
	if (!service)
		return -ENOENT;
	*ret_port = ntohs((uint16_t)service->s_port);
	return 0;
}

static int find_user(const char *name, uint64_t *ret_uid)
{
	const struct passwd *user;

	__nss_configure_lookup("passwd", "files");
	user = getpwnam(name);
	if (!user)
		return -ENOENT;
	*ret_uid = user->pw_uid;
	return 0;
}

static int inode_of(const char *folder, const char *name, uint64_t *ret_inode)
{
	_buf_ struct buf path = { 0 };
	struct stat st;

	buf_printf(&path, "%s%s", folder, name);
	if (buf_error(&path) || stat(buf_text(&path), &st) < 0)
		return -ENOENT;
	*ret_inode = st.st_ino;
	return 0;
}

/* As ip netns has them, or a file like /proc/PID/ns/net. */
static int find_netns(const char *name, uint64_t *ret_inode)
{
	if (strcmp(name, "own") == 0)
		return inode_of("/proc/thread-self/ns/", "net", ret_inode);
	return inode_of(strchr(name, '/') ? "" : "/run/netns/", name, ret_inode);
}

static int find_device(const char *name, uint64_t *ret_ifindex)
{
	*ret_ifindex = if_nametoindex(name);
	return *ret_ifindex ? 0 : -ENOENT;
}

/* A cgroup's id is its directory's inode number (fs/kernfs/mount.c, 64-bit ids since Linux 5.5), in
 * the hierarchy of version 2, which beside version 1 is mounted one level deeper. */
static int find_cgroup(const char *path, uint64_t *ret_id)
{
	static const char *const roots[] = { "/sys/fs/cgroup/unified/", "/sys/fs/cgroup/" };

	if (strncmp(path, "/sys/", 5) == 0)
		return inode_of("", path, ret_id);
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (inode_of(roots[i], path, ret_id) == 0)
			return 0;
	return -ENOENT;
}

static const struct filter_names names = {
	.service = find_service,
	.user = find_user,
	.netns = find_netns,
	.device = find_device,
	.cgroup = find_cgroup,
	.cause = cause_id,
};

/* How many columns buf_put_safe()'s text takes. */
static int columns_of(const struct buf *b)
{
	const unsigned char *p = (const unsigned char *)buf_text(b);
	int n = 0;

	for (; *p; p++)
		n += (*p & 0xc0) != 0x80;
	return n;
}

static void put_part(struct buf *b, const char *text, size_t len)
{
	char part[FILTER_TEXT_MAX + 1];

	memcpy(part, text, len);
	part[len] = '\0';
	buf_put_safe(b, part);
}

static int print_error(const struct buf *text, const struct filter_error *e)
{
	_buf_ struct buf before = { 0 }, word = { 0 };
	size_t end = e->offset + e->length < text->len ? e->offset + e->length : text->len;

	if (e->hint[0])
		command_fail(EXIT_USAGE, "reading the filter: %s; %s", e->message, e->hint);
	else
		command_fail(EXIT_USAGE, "reading the filter: %s", e->message);
	if (text->len > FILTER_TEXT_MAX)
		return EXIT_USAGE;
	put_part(&before, buf_text(text), e->offset);
	put_part(&word, buf_text(text) + e->offset, end - e->offset);
	fprintf(stderr, "  %s%s", buf_text(&before), buf_text(&word));
	word.len = 0;
	put_part(&word, buf_text(text) + end, text->len - end);
	fprintf(stderr, "%s\n  %*s", buf_text(&word), columns_of(&before), "");
	word.len = 0;
	put_part(&word, buf_text(text) + e->offset, end - e->offset);
	for (int n = columns_of(&word); n > 1; n--)
		fputc('^', stderr);
	fputs("^\n", stderr);
	return EXIT_USAGE;
}

int cli_parse_filter(char *const *words, int n, struct filter *ret_filter, struct buf *ret_text)
{
	_buf_ struct buf own = { 0 };
	struct buf *text = ret_text ? ret_text : &own;
	struct filter_error error;

	for (int i = 0; i < n; i++) {
		if (i)
			buf_putc(text, ' ');
		buf_puts(text, words[i]);
	}
	if (buf_error(text))
		return command_fail(EXIT_NO_LOOK, "reading the filter: out of memory");
	if (filter_parse(buf_text(text), text->len, &names, ret_filter, &error) < 0)
		return print_error(text, &error);
	return EXIT_DONE;
}
