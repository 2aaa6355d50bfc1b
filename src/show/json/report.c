// SPDX-License-Identifier: Apache-2.0
/* A judgement as the report that scripts read. */
#include "show/json/report.h"

#include <math.h>

#include "base/clock.h"
#include "judge/causes/table.h"
#include "model/finding.h"
#include "show/json/names.h"
#include "show/json/stacks.h"
#include "show/json/writer.h"

static void put_netns(struct json *j, const char *key, const struct snapshot *s, uint32_t row)
{
	if (row < s->netns.n)
		json_put_uint(j, key, s->netns.items[row].inode);
	else
		json_put_null(j, key);
}

static void put_scope(struct json *j, const struct snapshot *s)
{
	json_open_object(j, "scope");
	json_open_array(j, "netns");
	for (size_t i = 0; i < s->netns.n; i++) {
		uint8_t seen = s->netns.items[i].seen;

		if (seen != NETNS_DENIED && seen != NETNS_FAILED)
			json_put_uint(j, NULL, s->netns.items[i].inode);
	}
	json_close_array(j);
	json_open_object(j, "can");
	json_put_fact(j, "bpf", s->can.bpf);
	json_put_fact(j, "ptrace", s->can.ptrace);
	json_put_fact(j, "other_netns", s->can.other_netns);
	json_put_fact(j, "destroy", s->can.destroy);
	json_close_object(j);
	json_open_array(j, "blind_spots");
	for (size_t i = 0; i < s->blind_spots.n; i++)
		json_put_text(j, NULL, s->blind_spots.items[i]);
	json_close_array(j);
	json_close_object(j);
}

static void put_filter(struct json *j, const struct judgement *judgement)
{
	if (!judgement->filter) {
		json_put_null(j, "filter");
		return;
	}
	json_open_object(j, "filter");
	json_put_text(j, "text", judgement->filter);
	json_put_uint(j, "left_out_findings", judgement->left_out_findings);
	json_put_uint(j, "left_out_connections", judgement->left_out);
	json_close_object(j);
}

static void put_totals(struct json *j, const struct snapshot *s)
{
	json_open_object(j, "totals");
	for (enum tcp_state state = TCP_STATE_UNKNOWN + 1; state < TCP_STATE_MAX; state++)
		json_put_known(j, tcp_state_name(state), snapshot_total(s, state));
	json_close_object(j);
}

static void put_owner(struct json *j, const struct snapshot *s, const struct finding_owner *o)
{
	const struct process *p = snapshot_process(s, o->process);

	json_open_object(j, NULL);
	json_put_known(j, "pid", p->pid ? p->pid : VALUE_UNKNOWN);
	json_put_text(j, "comm", p->comm);
	json_put_text(j, "exe", p->exe);
	json_put_text(j, "unit", p->unit);
	json_put_text(j, "container", p->container);
	json_put_text(j, "pod", p->pod);
	json_put_known(j, "fds_open", p->fds_open);
	json_put_known(j, "fds_limit", p->fds_limit);
	json_put_uint(j, "sockets", o->sockets);
	json_close_object(j);
}

static void put_thread_group(struct json *j, const struct thread_group *group)
{
	json_open_object(j, NULL);
	json_put_text(j, "kind", group->kind);
	json_put_text(j, "call", json_call_name(group->call));
	json_put_text(j, "object", json_object_name(group->object));
	json_put_uint(j, "count", group->count);
	json_put_known(j, "cpu_permille", group->cpu_permille);
	json_open_array(j, "tids");
	for (uint32_t i = 0; i < group->n_tids; i++)
		json_put_uint(j, NULL, group->tids[i]);
	json_close_array(j);
	json_put_text(j, "text", group->text);
	json_close_object(j);
}

static void put_threads(struct json *j, const struct snapshot *s, const struct finding *f)
{
	if (!f->doing) {
		json_put_null(j, "threads");
		return;
	}
	json_open_object(j, "threads");
	json_put_text(j, "seen", json_seen_name(snapshot_process(s, f->doing_of)->threads_seen));
	json_put_known(j, "total", snapshot_process(s, f->doing_of)->threads);
	json_open_array(j, "groups");
	for (size_t i = 0; i < f->thread_groups.n; i++)
		put_thread_group(j, &f->thread_groups.items[i]);
	json_close_array(j);
	json_put_text(j, "text", f->doing);
	json_close_object(j);
}

static void put_reasons(struct json *j, const struct finding *f)
{
	json_open_array(j, "evidence");
	for (size_t i = 0; i < f->evidence.n; i++) {
		json_open_object(j, NULL);
		json_put_text(j, "fact", f->evidence.items[i].fact);
		json_put_value(j, "value", f->evidence.items[i].value);
		json_put_text(j, "text", f->evidence.items[i].text);
		json_close_object(j);
	}
	json_close_array(j);
	json_open_object(j, "ends");
	json_put_text(j, "when", json_ends_name(f->ends_when));
	json_put_known(j, "in_ms", f->ends_when == ENDS_BOUNDED ? f->ends_in_ms : VALUE_UNKNOWN);
	json_put_known(j, "at_least_ms", f->ends_at_least_ms);
	json_put_known(j, "at_most_ms", f->ends_at_most_ms);
	json_put_text(j, "text", f->ends_text);
	json_close_object(j);
	json_open_array(j, "harm");
	for (size_t i = 0; i < f->harm.n; i++)
		json_put_text(j, NULL, f->harm.items[i]);
	json_close_array(j);
	json_put_text(j, "fix", f->fix);
	json_put_text(j, "fix_more", f->fix_more);
	json_open_array(j, "release");
	for (size_t i = 0; i < f->releases.n; i++) {
		json_open_object(j, NULL);
		json_put_text(j, "command", f->releases.items[i].command);
		json_put_text(j, "frees", f->releases.items[i].frees);
		json_put_text(j, "keeps", f->releases.items[i].keeps);
		json_close_object(j);
	}
	json_close_array(j);
}

static void put_finding(struct json *j, const struct judgement *judgement, const struct finding *f)
{
	const struct snapshot *s = judgement->snapshot;

	json_open_object(j, NULL);
	json_put_text(j, "id", f->id);
	json_put_text(j, "severity", severity_name(f->severity));
	json_put_text(j, "state", tcp_state_name(f->state));
	json_put_text(j, "cause", cause_id(f->cause));
	json_put_text(j, "confidence", confidence_name(f->confidence));
	/* Told by how the count moves from look to look; one look seldom has anything to say. */
	json_put_text(j, "pattern",
		      f->pattern == PATTERN_UNKNOWN && isnan(f->growth_per_min)
			      ? NULL
			      : json_pattern_name(f->pattern));
	json_put_uint(j, "count", f->count);
	json_put_text(j, "role", json_role_name(f->role));
	json_put_text(j, "closed_first", json_closer_name(f->closed_first));
	json_put_endpoint(j, "endpoint", &f->endpoint);
	put_netns(j, "netns", s, f->netns);
	json_open_array(j, "owners");
	for (uint32_t i = 0; i < f->n_owners; i++)
		put_owner(j, s, &judgement->owners.items[f->owners + i]);
	json_close_array(j);
	json_open_object(j, "oldest_ms");
	json_put_known(j, "at_least", f->oldest.at_least_ms);
	json_put_known(j, "at_most", f->oldest.at_most_ms);
	json_close_object(j);
	json_put_double(j, "growth_per_min", f->growth_per_min);
	stacks_put_json(j, judgement, f);
	put_threads(j, s, f);
	put_reasons(j, f);
	json_put_text(j, "paired_with",
		      f->paired_with < judgement->findings.n
			      ? judgement->findings.items[f->paired_with].id
			      : NULL);
	json_close_object(j);
}

static void put_head(struct json *j, const struct judgement *judgement)
{
	const struct snapshot *s = judgement->snapshot;
	char time[CLOCK_RFC3339_LEN];

	clock_format_rfc3339(s->taken_real_ms, time);
	json_put_text(j, "schema", "linger.report/1");
	json_put_text(j, "time", time);
	json_open_object(j, "host");
	json_put_text(j, "name", s->host);
	json_put_text(j, "kernel", s->kernel);
	json_close_object(j);
	put_scope(j, s);
	put_filter(j, judgement);
	json_put_uint(j, "took_ms", s->took_ms);
	put_totals(j, s);
	json_put_uint(j, "young", judgement->young);
	json_put_uint(j, "age_unsure", judgement->age_unsure);
}

int json_write_report_of(FILE *out, const struct judgement *judgement, const uint32_t *rows,
			 size_t n)
{
	struct json j;

	json_begin(&j, out);
	json_open_object(&j, NULL);
	put_head(&j, judgement);
	json_open_array(&j, "findings");
	for (size_t i = 0; i < n; i++)
		put_finding(&j, judgement, &judgement->findings.items[rows ? rows[i] : i]);
	json_close_array(&j);
	json_close_object(&j);
	json_end_line(&j);
	return json_end(&j);
}

int json_write_report(FILE *out, const struct judgement *judgement)
{
	return json_write_report_of(out, judgement, NULL, judgement->findings.n);
}
