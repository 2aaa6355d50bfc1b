// SPDX-License-Identifier: Apache-2.0
/* Words taken for what they look like, and held against what is there. */
#include "cli/target.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/near.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "model/finding.h"

#define ID_DIGITS_MIN  3 /* fewer could mean too many */
#define PID_DIGITS_MAX 10
#define NEAR_IDS_MAX   3

void targets_finish(struct targets *t)
{
	for (size_t i = 0; i < t->items.n; i++)
		free(t->items.items[i].text);
	free(t->items.items);
	buf_finish(&t->text);
	*t = (struct targets){ 0 };
}

static bool is_made_of(const char *word, int (*is)(int c))
{
	for (; *word; word++)
		if (!is((unsigned char)*word))
			return false;
	return true;
}

static bool is_id(const char *word)
{
	size_t len = strlen(word);

	return len >= ID_DIGITS_MIN && len <= FINDING_ID_LEN && is_made_of(word, isxdigit);
}

static bool is_pid(const char *word)
{
	size_t len = strlen(word);

	return len > 0 && len <= PID_DIGITS_MAX && is_made_of(word, isdigit);
}

/* "10.0.0.1:443", "[::1]:443", "*:80", "127.0.0.53%lo:53", "[fe80::1]%eth0:ssh": what ss prints for
 * one end. */
static bool is_end(const char *text, size_t len)
{
	const char *colon = memrchr(text, ':', len);

	if (!colon || colon == text || colon == text + len - 1)
		return false;
	for (const char *p = colon + 1; p < text + len; p++)
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '*')
			return false;
	if (text[0] == '[')
		return memchr(text, ']', (size_t)(colon - text));
	return text[0] == '*' || (isdigit((unsigned char)text[0]) &&
				  strspn(text, "0123456789./") + 1 > strcspn(text, "%:"));
}

/* An arrow between two ends: "-", "->", "→", "<->". Its length, 0 when it is none. */
static size_t arrow_len(const char *text)
{
	static const char *const arrows[] = { "<->", "->", "→", "-" };

	for (size_t i = 0; i < ARRAY_LEN(arrows); i++)
		if (strncmp(text, arrows[i], strlen(arrows[i])) == 0)
			return strlen(arrows[i]);
	return 0;
}

/* Adds one end without the device that ss adds to it. */
static void put_end(struct buf *b, const char *noun, const char *text, size_t len)
{
	const char *percent = memchr(text, '%', len);
	const char *colon = memrchr(text, ':', len);

	buf_printf(b, "%s ", noun);
	buf_add(b, text, percent ? (size_t)(percent - text) : (size_t)(colon - text));
	if (percent && memchr(percent, ']', len - (size_t)(percent - text)))
		buf_putc(b, ']');
	buf_add(b, colon, len - (size_t)(colon - text));
}

/* Takes a pair of ends that begins at words[0] into b as a filter. How many words it took, 0 when
 * there is none. */
static int take_pair(char *const *words, int n, struct buf *b)
{
	const char *first = words[0], *second = NULL;
	size_t len = strlen(first);
	int used = 0;

	for (size_t i = 1; i < len && !second; i++) {
		size_t arrow = arrow_len(first + i);

		if (arrow && is_end(first, i) && is_end(first + i + arrow, len - i - arrow)) {
			second = first + i + arrow;
			len = i;
			used = 1;
		}
	}
	if (!second && is_end(first, len)) {
		int at = n > 1 && words[1][0] && arrow_len(words[1]) == strlen(words[1]) ? 2 : 1;

		if (at < n && is_end(words[at], strlen(words[at]))) {
			second = words[at];
			used = at + 1;
		}
	}
	if (!second)
		return 0;
	put_end(b, "src", first, len);
	buf_putc(b, ' ');
	put_end(b, "dst", second, strlen(second));
	return used;
}

static bool is_joiner(const char *word)
{
	static const char *const joiners[] = { "and", "or", "&", "&&", "|", "||" };

	for (size_t i = 0; i < ARRAY_LEN(joiners); i++)
		if (strcasecmp(word, joiners[i]) == 0)
			return true;
	return false;
}

/* Whether a :PORT stands alone, and no filter goes on behind it. */
static bool is_port_alone(char *const *words, int n)
{
	if (words[0][0] != ':' || strpbrk(words[0], " \t\n()") || (n > 1 && is_joiner(words[1])))
		return false;
	return n == 1 || words[1][0] == ':' || !filter_may_begin(words[1], strlen(words[1]));
}

/* A filter of many words takes all that are left; a quoted one only itself. */
static int take_filter(char *const *words, int n, struct buf *b)
{
	int used = strpbrk(words[0], " \t\n") ? 1 : n;

	for (int i = 0; i < used; i++)
		buf_printf(b, "%s%s", i ? " " : "", words[i]);
	return used;
}

static int bad_word(const char *word)
{
	if (is_end(word, strlen(word)))
		return command_fail(EXIT_USAGE,
				    "%s is one end of a connection: write both, or src %s, or dst "
				    "%s",
				    word, word, word);
	if (is_made_of(word, isxdigit))
		return command_fail(EXIT_USAGE,
				    "%s is no finding's id: 3 to 16 hexadecimal digits, as linger "
				    "shows them",
				    word);
	return command_fail(EXIT_USAGE,
			    "%s is no finding's id (3 to 16 hexadecimal digits), no process id, "
			    ":PORT or pair of addresses, and no filter begins so; see linger why "
			    "--help",
			    word);
}

/* Takes what begins at words[0]. How many words that took, or -exit status. */
static int take_target(char *const *words, int n, struct target *t, struct buf *b)
{
	int used;

	t->word = words[0];
	if (is_id(words[0]) || is_pid(words[0])) {
		t->kind = !is_pid(words[0]) ? TARGET_ID
			  : is_id(words[0]) ? TARGET_ID_OR_PID
					    : TARGET_PID;
		if (t->kind != TARGET_PID)
			buf_printf(b, "finding = %s", words[0]);
		if (t->kind == TARGET_ID_OR_PID)
			buf_puts(b, " or ");
		if (t->kind != TARGET_ID)
			buf_printf(b, "pid = %s", words[0]);
		return 1;
	}
	t->kind = TARGET_OTHER;
	if (is_port_alone(words, n)) {
		buf_puts(b, words[0]);
		return 1;
	}
	used = take_pair(words, n, b);
	if (used)
		return used;
	if (filter_may_begin(words[0], strlen(words[0])))
		return take_filter(words, n, b);
	return -bad_word(words[0]);
}

int targets_parse(char *const *words, int n, struct targets *t)
{
	for (int i = 0, used; i < n; i += used) {
		_buf_ struct buf b = { 0 };
		struct target *target;
		char *text;
		int status;

		if (array_grow(&t->items, 1))
			return command_fail(EXIT_NO_LOOK, "reading what is meant: out of memory");
		target = &t->items.items[t->items.n];
		used = take_target(words + i, n - i, target, &b);
		if (used < 0)
			return -used;
		text = strdup(buf_text(&b));
		if (!text || buf_error(&b)) {
			free(text);
			return command_fail(EXIT_NO_LOOK, "reading what is meant: out of memory");
		}
		status = cli_parse_filter(&text, 1, &target->filter, NULL);
		if (status != EXIT_DONE) {
			free(text);
			return status;
		}
		target->text = text;
		t->items.n++;
	}
	return EXIT_DONE;
}

static bool any_id(const struct judgement *j, const char *digits)
{
	for (size_t i = 0; i < j->findings.n; i++)
		if (strncasecmp(j->findings.items[i].id, digits, strlen(digits)) == 0)
			return true;
	return false;
}

/* Whether a connection of any finding is meant. */
static bool any_meant(const struct judgement *j, const struct filter *filter)
{
	for (uint32_t i = 0; i < j->members.n; i++) {
		struct filter_subject subject = filter_subject_of(j, j->members.items[i]);

		if (filter_match(filter, &subject))
			return true;
	}
	return false;
}

static bool any_pid(const struct judgement *j, const char *digits)
{
	struct filter filter;
	struct filter_error error;
	char text[32];
	int len = snprintf(text, sizeof(text), "pid = %s", digits);

	return filter_parse(text, (size_t)len, NULL, &filter, &error) == 0 && any_meant(j, &filter);
}

/* Ids that begin nearly so. */
static void put_near_ids(struct buf *b, const struct judgement *j, const char *digits)
{
	size_t len = strlen(digits), found = 0;

	for (size_t i = 0; i < j->findings.n && found < NEAR_IDS_MAX; i++) {
		const struct finding *f = &j->findings.items[i];
		struct near near = near_begin(digits, len);
		char beginning[FINDING_ID_LEN + 1];

		snprintf(beginning, sizeof(beginning), "%.*s", (int)len, f->id);
		near_try(&near, beginning);
		if (!near.best)
			continue;
		buf_printf(b, "%s %.*s", found++ ? "," : " Near it are", f->id_len, f->id);
	}
	if (found)
		buf_putc(b, '.');
}

static void tell_missing(struct buf *b, const struct target *t, const struct judgement *j)
{
	switch (t->kind) {
	case TARGET_ID:
		buf_printf(b,
			   "No finding begins with %s in what can be seen: what it was about is "
			   "gone, or has another cause now. linger shows what there is.",
			   t->word);
		put_near_ids(b, j, t->word);
		break;
	case TARGET_ID_OR_PID:
		buf_printf(b,
			   "No finding begins with %s in what can be seen, and process %s has no "
			   "connection that is closing or in trouble. A local port is :%s.",
			   t->word, t->word, t->word);
		put_near_ids(b, j, t->word);
		break;
	case TARGET_PID:
		buf_printf(b,
			   "Process %s has no connection that is closing or in trouble; linger "
			   "list state all pid = %s shows those it has.",
			   t->word, t->word);
		break;
	default:
		buf_printf(b,
			   "No connection that is closing or in trouble is meant by: %s. linger "
			   "list 'state all and (%s)' shows others.",
			   t->text, t->text);
		break;
	}
	buf_putc(b, '\n');
}

int targets_settle(struct targets *t, const struct judgement *j, struct buf *missing)
{
	char *text;

	for (size_t i = 0; i < t->items.n; i++) {
		const struct target *target = &t->items.items[i];
		const char *word = target->word;

		if (target->kind == TARGET_ID_OR_PID && any_id(j, word) && any_pid(j, word))
			return command_fail(EXIT_USAGE,
					    "%s is the beginning of a finding's id and a process: "
					    "write 'finding = %s' or 'pid = %s'",
					    word, word, word);
		if (!any_meant(j, &target->filter))
			tell_missing(missing, target, j);
		buf_printf(&t->text, t->items.n > 1 ? "%s( %s )" : "%s%s", i ? " or " : "",
			   target->text);
	}
	if (buf_error(&t->text) || buf_error(missing))
		return command_fail(EXIT_NO_LOOK, "reading what is meant: out of memory");
	text = t->text.data;
	return cli_parse_filter(&text, 1, &t->filter, NULL);
}
