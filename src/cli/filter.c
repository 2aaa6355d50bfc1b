// SPDX-License-Identifier: Apache-2.0
/* Filters from the command line, and where they are wrong. */
#include "cli/filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "cli/command.h"

/* From /etc/services alone: a static binary must not load modules of another C library, and nobody
 * on call waits for a directory server. */
static int service_port(const char *name)
{
	const struct servent *service;

	__nss_configure_lookup("services", "files");
	service = getservbyname(name, "tcp");
	return service ? ntohs((uint16_t)service->s_port) : -ENOENT;
}

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

int cli_parse_filter(char *const *words, int n, struct filter *ret_filter)
{
	_buf_ struct buf text = { 0 };
	struct filter_error error;

	for (int i = 0; i < n; i++) {
		if (i)
			buf_putc(&text, ' ');
		buf_puts(&text, words[i]);
	}
	if (buf_error(&text))
		return command_fail(EXIT_NO_LOOK, "reading the filter: out of memory");
	if (filter_parse(buf_text(&text), text.len, service_port, ret_filter, &error) < 0)
		return print_error(&text, &error);
	return EXIT_DONE;
}
