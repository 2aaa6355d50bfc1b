// SPDX-License-Identifier: Apache-2.0
/* Standard output and standard error, as they are. */
#include "cli/output.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/command.h"

#define WIDTH_LEAST 40
#define WIDTH_MOST  1000

static unsigned int find_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	unsigned long width = 0;

	if (columns)
		width = strtoul(columns, NULL, 10);
	if (!width && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (!width)
		return 0;
	if (width < WIDTH_LEAST)
		width = WIDTH_LEAST;
	return width > WIDTH_MOST ? WIDTH_MOST : (unsigned int)width;
}

struct text_options output_text_options(void)
{
	const char *no_color = getenv("NO_COLOR");

	return (struct text_options){
		.width = find_width(),
		.colour = isatty(STDOUT_FILENO) && !(no_color && no_color[0]),
		.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
	};
}

int output_end(int status, int written)
{
	if (written >= 0 || written == -EPIPE)
		return status;
	return command_fail(EXIT_NO_LOOK, "writing the output: %s", strerror(-written));
}

/* Needs no memory: it also tells that there is none. */
int command_fail(int status, const char *format, ...)
{
	char text[2048];
	const unsigned char *p = (const unsigned char *)text;
	va_list args;
	size_t left;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	left = len < 0 ? 0 : strlen(text);
	fputs("linger: ", stderr);
	while (left) {
		uint32_t point;
		size_t used = utf8_decode(p, left, &point);

		if (used && utf8_is_printable(point)) {
			fwrite(p, 1, used, stderr);
		} else {
			used = 1;
			fprintf(stderr, "\\x%02x", *p);
		}
		p += used;
		left -= used;
	}
	fputc('\n', stderr);
	return status;
}
