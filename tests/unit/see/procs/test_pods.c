// SPDX-License-Identifier: Apache-2.0
/* Are pods called by their names where the kubelet's logs tell them? */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "see/procs/pods.h"

#define UID  "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
#define UID2 "1f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
#define HASH "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
#define ID   "3f9c1e2ab4d05867f9e8d7c6b5a493827160504f3e2d1c0b9a8877665544ffee"

struct expected {
	const char *entry;
	const char *name, *key; /* NULL: it is none */
};

static void check(bool (*parse)(const char *, size_t, struct procs_pod_name *),
		  const struct expected *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct procs_pod_name name;
		bool is_name = parse(cases[i].entry, strlen(cases[i].entry), &name);

		if (is_name != (cases[i].name != NULL))
			fail_msg("%s", cases[i].entry);
		if (!is_name)
			continue;
		assert_string_equal(name.name, cases[i].name);
		assert_string_equal(name.key, cases[i].key);
	}
}

static void entries_are_read(void **state)
{
	static const struct expected folders[] = {
		{ "shop_orders-7d4f9c-x2x7q_" UID, "shop/orders-7d4f9c-x2x7q", UID },
		{ "kube-system_kube-apiserver-node.example_" HASH,
		  "kube-system/kube-apiserver-node.example", HASH },
		{ ".", NULL, NULL },
		{ "shop_orders", NULL, NULL },
		{ "shop__" UID, NULL, NULL },
		{ "_orders_" UID, NULL, NULL },
		{ "shop_orders_", NULL, NULL },
		{ "a_b_c_d", NULL, NULL },
	};
	static const struct expected logs[] = {
		{ "orders-7d4f9c-x2x7q_shop_app-main-" ID ".log", "shop/orders-7d4f9c-x2x7q", ID },
		{ "orders_shop_app-" ID, NULL, NULL },
		{ "orders_shop_app.log", NULL, NULL },
		{ "orders_shop_app-.log", NULL, NULL },
		{ "orders_shop_.log", NULL, NULL },
		{ ".log", NULL, NULL },
	};

	(void)state;
	check(procs_parse_pod_folder, folders, ARRAY_LEN(folders));
	check(procs_parse_container_log, logs, ARRAY_LEN(logs));
}

static void make(const char *root, const char *path, bool is_folder)
{
	char whole[512];
	int fd;

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	if (is_folder) {
		assert_return_code(mkdir(whole, 0700), 0);
		return;
	}
	fd = open(whole, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_return_code(fd, 0);
	close(fd);
}

static void take_away(const char *root, const char *path)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	assert_return_code(remove(whole), 0);
}

static void add_process(struct snapshot *s, const char *pod, const char *container)
{
	uint32_t row = snapshot_add_process(s);

	assert_int_not_equal(row, ROW_NONE);
	s->processes.items[row].pod = pod;
	s->processes.items[row].container = container;
}

static void uids_become_names_where_they_are_known(void **state)
{
	char root[] = "/tmp/linger-pods-XXXXXX";
	struct snapshot s;

	(void)state;
	assert_non_null(mkdtemp(root));
	make(root, "pods", true);
	make(root, "pods/shop_orders-1_" UID, true);
	make(root, "pods/no_pod", true);
	make(root, "containers", true);
	make(root, "containers/cart-2_shop_app-" ID ".log", false);
	snapshot_init(&s);
	add_process(&s, UID, "x");
	add_process(&s, UID, NULL);
	add_process(&s, UID2, ID);
	add_process(&s, HASH, NULL);
	add_process(&s, NULL, ID);
	assert_int_equal(procs_name_pods(&s, root), 0);
	assert_string_equal(s.processes.items[0].pod, "shop/orders-1");
	assert_string_equal(s.processes.items[1].pod, "shop/orders-1");
	assert_string_equal(s.processes.items[2].pod, "shop/cart-2");
	assert_string_equal(s.processes.items[3].pod, HASH);
	assert_null(s.processes.items[4].pod);
	/* Nothing there, or not to be read: the uid stays. */
	s.processes.items[0].pod = UID;
	assert_int_equal(procs_name_pods(&s, "/nowhere"), 0);
	assert_string_equal(s.processes.items[0].pod, UID);
	snapshot_finish(&s);
	take_away(root, "containers/cart-2_shop_app-" ID ".log");
	take_away(root, "containers");
	take_away(root, "pods/no_pod");
	take_away(root, "pods/shop_orders-1_" UID);
	take_away(root, "pods");
	assert_return_code(rmdir(root), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_read),
		cmocka_unit_test(uids_become_names_where_they_are_known),
	};

	return unit_run("procs pods", tests);
}
