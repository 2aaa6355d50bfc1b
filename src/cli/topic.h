/* SPDX-License-Identifier: Apache-2.0 */
/* Pages about what is no command: `linger help TOPIC`, and section 7 of the manual. */
#ifndef CLI_TOPIC_H
#define CLI_TOPIC_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct command_example;

struct topic_section {
	const char *title; /* NULL ends the table */
	const char *text;  /* paragraphs of plain text divided by an empty line, or NULL */
	/* Adds the i-th row's name and text; false behind the last. NULL: there are no rows. */
	bool (*row)(size_t i, struct buf *name, struct buf *text);
};

struct topic {
	const char *name;
	const char *summary;
	const char *description; /* paragraphs, as a command's */
	const struct topic_section *sections;
	const struct command_example *examples;
};

/* All topics, in the order of help; ends with NULL. */
extern const struct topic *const topic_table[];

/* The topic with this name, or NULL. */
const struct topic *topic_find(const char *name);

#endif
