// SPDX-License-Identifier: Apache-2.0
/* What works here, for scripts. */
#include "show/json/doctor.h"

#include "base/capability.h"
#include "base/mem.h"
#include "model/check.h"
#include "show/json/writer.h"

static const char *const results[] = {
	[CHECK_UNKNOWN] = "unknown",
	[CHECK_NO] = "no",
	[CHECK_PARTLY] = "partly",
	[CHECK_YES] = "yes",
};

_Static_assert(ARRAY_LEN(results) == CHECK_RESULT_MAX, "every result has a word");

static void put_user(struct json *j, const struct checkup *c)
{
	json_open_object(j, "user");
	json_put_uint(j, "uid", c->uid);
	json_open_array(j, "capabilities");
	for (int i = 0; capability_name(i); i++)
		if (c->capabilities >> i & 1)
			json_put_text(j, NULL, capability_name(i));
	json_close_array(j);
	json_put_text(j, "setcap", c->setcap[0] ? c->setcap : NULL);
	json_close_object(j);
}

static void put_check(struct json *j, const struct checkup_row *row)
{
	const struct check_answer *a = &row->answer;

	json_open_object(j, NULL);
	json_put_text(j, "id", row->check->id);
	json_put_text(j, "what", row->check->what);
	json_put_text(j, "result", results[a->result]);
	json_put_text(j, "found", buf_text(&a->found));
	json_put_text(j, "lost", a->result == CHECK_YES ? NULL : row->check->lost);
	json_put_text(j, "get", a->get.len ? buf_text(&a->get) : NULL);
	json_close_object(j);
}

int json_write_checkup(FILE *out, const struct checkup *c)
{
	struct json j;

	json_begin(&j, out);
	json_open_object(&j, NULL);
	json_put_text(&j, "schema", "linger.doctor/1");
	json_put_text(&j, "version", c->version);
	json_open_object(&j, "host");
	json_put_text(&j, "name", c->host);
	json_put_text(&j, "kernel", c->kernel);
	json_close_object(&j);
	put_user(&j, c);
	json_open_array(&j, "checks");
	for (size_t i = 0; i < c->n; i++)
		put_check(&j, &c->rows[i]);
	json_close_array(&j);
	json_close_object(&j);
	json_end_line(&j);
	return json_end(&j);
}
