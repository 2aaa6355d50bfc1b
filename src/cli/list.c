// SPDX-License-Identifier: Apache-2.0
/* `linger list`: one row a connection. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/filter.h"
#include "cli/output.h"
#include "cli/session.h"
#include "show/json/socket.h"
#include "show/text/order.h"

/* What is listed when no state is named: whatever is closing, and what is dead but still open. */
#define DEFAULT_STATES (TCP_BITS_CLOSING | TCP_BIT(TCP_STATE_TIME_WAIT) | TCP_BIT(TCP_STATE_CLOSED))

static const struct command_option options[] = {
	{ .name = "columns",
	  .letter = 'o',
	  .arg = "COLS",
	  .help = "the columns to print, divided by commas" },
	{ .name = "sort",
	  .arg = "COL",
	  .help = "order by this column, or -COL the other way round; none: as the kernel lists "
		  "them (default: stuck first, then the oldest)" },
	{ .name = "csv", .help = "print comma separated values" },
	{ .name = "json", .help = "print one JSON object a line (schema linger.socket/1)" },
	SESSION_OPTIONS,
	{ .name = NULL },
};

static const struct command_example examples[] = {
	{ "sudo linger list", "every closing connection with its owner, cause and age" },
	{ "sudo linger list state close-wait and dport = :443", "a filter, as ss has it" },
	{ "sudo linger list 'src 10.0.0.0/8 and not sport = :8080'", "quoted, it may be one word" },
	{ "sudo linger list -o age,exe,unit,local,remote --sort unit", "chosen columns, in order" },
	{ "sudo linger list --json | jq -r .cause | sort | uniq -c", "for programs" },
	{ .line = NULL },
};

static const char description[] =
	"Lists connections one by one. Where no state is named it lists what is closing: "
	"FIN_WAIT_1, FIN_WAIT_2, CLOSING, TIME_WAIT, CLOSE_WAIT, LAST_ACK, and sockets that are "
	"dead but still open (CLOSED).\n\n"
	"FILTER is the language of ss(8) with more to ask about, such as pid, comm, cause, age and "
	"unit: see linger help filter, linger-filter(7). It may be one word or many.\n\n"
	"The exit status is 0 also when stuck connections are listed.";

/* The rows that the filter means, in the order of the table. Where it names no state, these are
 * what is closing and whatever else has something wrong with it. -ENOMEM or how many. */
static long choose_rows(const struct session *s, const struct filter *filter, uint32_t states,
			uint32_t **ret_rows)
{
	const struct judgement *j = &s->judgement;
	bool named = filter_names_states(filter);
	uint32_t *rows = malloc((s->snapshot.conns.n + 1) * sizeof(*rows));
	long n = 0;

	if (!rows)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->snapshot.conns.n; i++) {
		struct filter_subject subject = filter_subject_of(j, i);

		if (!(TCP_BIT(s->snapshot.conns.items[i].state) & states) &&
		    (named || j->verdicts[i].severity == SEVERITY_NONE))
			continue;
		if (filter_match(filter, &subject))
			rows[n++] = i;
	}
	*ret_rows = rows;
	return n;
}

/* How a list shall look. */
struct list_shape {
	struct text_columns columns;
	struct text_order order;
};

static int write_rows(const struct invocation *in, const struct session *s,
		      const struct list_shape *shape, uint32_t *rows, size_t n)
{
	struct text_options text = output_text_options();
	int err = text_order_rows(&s->judgement, rows, n, &shape->order);

	if (err)
		return err;
	if (command_value(in, "json"))
		return json_write_sockets(stdout, &s->judgement, rows, n);
	if (command_value(in, "csv"))
		return text_write_csv(stdout, &s->judgement, rows, n, &shape->columns);
	text.older_than_ms = s->judge.older_than_ms;
	return text_write_sockets(stdout, &s->judgement, rows, n, &shape->columns, &text);
}

static int list_session(const struct invocation *in, struct session *s, const struct filter *filter,
			const struct list_shape *shape)
{
	uint32_t states = filter_states(filter);
	_free_ uint32_t *rows = NULL;
	int status;
	long n;

	if (!filter_names_states(filter))
		states = DEFAULT_STATES;
	s->look.states = states & ~TCP_BIT(TCP_STATE_CLOSED);
	s->look.time_wait = states & TCP_BIT(TCP_STATE_TIME_WAIT);
	if (!(states & DEFAULT_STATES))
		s->look.asked = filter;
	/* Socket options are read where they are shown. */
	s->look.detailed =
		command_value(in, "json") != NULL || text_columns_detailed(&shape->columns);
	status = session_look(s);
	if (status != EXIT_DONE)
		return status;
	n = choose_rows(s, filter, states, &rows);
	if (n < 0)
		return command_fail(EXIT_NO_LOOK, "listing the connections: out of memory");
	return output_end(EXIT_DONE, write_rows(in, s, shape, rows, (size_t)n));
}

/* EXIT_DONE, or EXIT_USAGE (the reason was printed). */
static int parse_shape(const struct invocation *in, struct list_shape *ret)
{
	const char *wrong = NULL;
	int err = text_columns_parse(command_value(in, "columns"), &ret->columns, &wrong);

	if (err == -E2BIG)
		return command_fail(EXIT_USAGE, "--columns: at most %d columns", TEXT_COLUMNS_MAX);
	if (err)
		return command_fail(EXIT_USAGE,
				    "--columns: there is no column %s; linger list "
				    "--help names them",
				    wrong ? wrong : "");
	if (text_order_parse(command_value(in, "sort"), &ret->order))
		return command_fail(EXIT_USAGE,
				    "--sort: there is no column %s; linger list --help names them",
				    command_value(in, "sort"));
	return EXIT_DONE;
}

static int run_list(const struct invocation *in)
{
	struct list_shape shape;
	struct filter filter = { 0 };
	struct session s;
	int status;

	status = session_options(in, &s);
	if (status == EXIT_DONE)
		status = parse_shape(in, &shape);
	if (status == EXIT_DONE)
		status = cli_parse_filter(in->args, in->n_args, &filter, NULL);
	if (status != EXIT_DONE)
		return status;
	status = list_session(in, &s, &filter, &shape);
	session_finish(&s);
	return status;
}

const struct command command_list = {
	.name = "list",
	.synopsis = "[-o COLS] [--sort COL] [--json | --csv] [FILTER]",
	.summary = "list closing connections one by one",
	.description = description,
	.options = options,
	.examples = examples,
	.rows_title = "columns",
	.row_name = text_column_name,
	.row_text = text_column_help,
	.run = run_list,
};
