// SPDX-License-Identifier: Apache-2.0
/* Are unit, container and pod found in every form of cgroup path, and nowhere else? */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "see/procs/cgroup.h"

#define ID   "3f9c1e2ab4d05867f9e8d7c6b5a493827160504f3e2d1c0b9a8877665544ffee"
#define ID2  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define UID  "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
#define UID_ "0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0"
#define HASH "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

struct expected {
	const char *text;
	const char *unit, *container, *pod;
};

static void check(const struct expected *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct procs_cgroup c;

		procs_parse_cgroup(cases[i].text, strlen(cases[i].text), &c);
		assert_string_equal(c.unit, cases[i].unit);
		assert_string_equal(c.container, cases[i].container);
		assert_string_equal(c.pod, cases[i].pod);
	}
}

static void units_of_systemd(void **state)
{
	static const struct expected cases[] = {
		{ "0::/system.slice/orders.service\n", "orders.service", "", "" },
		{ "0::/system.slice/orders.service/worker-1\n", "orders.service", "", "" },
		{ "0::/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service",
		  "", "" },
		{ "0::/user.slice/user-1000.slice/session-3.scope", "session-3.scope", "", "" },
		{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/editor.service",
		  "editor.service", "", "" },
		{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.slice",
		  "user@1000.service", "", "" },
		{ "0::/init.scope", "init.scope", "", "" },
		{ "0::/system.slice/gone.service (deleted)\n", "gone.service", "", "" },
		{ "0::/", "", "", "" },
		{ "0::/system.slice", "", "", "" },
		{ "0::/x/.service", "", "", "" },
		{ "0::/servicer/scoped", "", "", "" },
	};

	(void)state;
	check(cases, ARRAY_LEN(cases));
}

static void containers_of_every_kind(void **state)
{
	static const struct expected cases[] = {
		{ "0::/system.slice/docker-" ID ".scope", "", ID, "" },
		{ "0::/docker/" ID, "", ID, "" },
		{ "0::/system.slice/containerd.service/kubepods-pod" UID_
		  ".slice:cri-containerd:" ID,
		  "", ID, UID },
		{ "0::/kubepods/burstable/pod" UID "/" ID, "", ID, UID },
		{ "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_
		  ".slice/cri-containerd-" ID ".scope",
		  "", ID, UID },
		{ "0::/kubepods.slice/kubepods-pod" HASH ".slice/crio-" ID ".scope", "", ID, HASH },
		{ "0::/machine.slice/libpod-" ID ".scope", "", ID, "" },
		{ "0::/machine.slice/libpod-" ID ".scope/container", "", ID, "" },
		{ "0::/machine.slice/machine-libpod_pod_" ID2 ".slice/libpod-" ID ".scope", "", ID,
		  "" },
		{ "0::/ecs/" HASH "/" ID, "", ID, "" },
		{ "0::/ecs/" HASH "/" HASH "-1234567890", "", HASH "-1234567890", "" },
		{ "0::/lxc.payload.web1/system.slice/nginx.service", "nginx.service", "web1", "" },
		{ "0::/lxc/web1", "", "web1", "" },
		{ "0::/machine.slice/machine-web1.scope", "", "web1", "" },
		/* A systemd inside a container: the unit is the one in there. */
		{ "0::/docker/" ID "/system.slice/nginx.service", "nginx.service", ID, "" },
		/* A container inside a container: the inner one. */
		{ "0::/docker/" ID "/docker/" ID2, "", ID2, "" },
	};

	(void)state;
	check(cases, ARRAY_LEN(cases));
}

static void near_misses_are_none(void **state)
{
	static const struct expected cases[] = {
		/* conmon watches over the container and is not in it. */
		{ "0::/machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".scope", "",
		  "" },
		/* 63 and 65 digits; capital letters. */
		{ "0::/docker/" ID "a", "", "", "" },
		{ "0::/docker/f9c1e2ab4d05867f9e8d7c6b5a493827160504f3e2d1c0b9a8877665544ffee", "",
		  "", "" },
		{ "0::/docker/3F9C1E2AB4D05867F9E8D7C6B5A493827160504F3E2D1C0B9A8877665544FFEE", "",
		  "", "" },
		{ "0::/ecs/" HASH "/" HASH "-12x", "", "", "" },
		/* "tripod" is no pod, and neither is half a uid. */
		{ "0::/tripod" UID, "", "", "" },
		{ "0::/pod0f1e2d3c-4b5a-6978-8796", "", "", "" },
		{ "0::/lxc", "", "", "" },
		{ "0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope",
		  "machine-qemu\\x2d1\\x2dvm.scope", "", "" },
		{ "0::/lxc.payload.", "", "", "" },
		{ "", "", "", "" },
		{ "\n\n:\n0\n0:\n", "", "", "" },
	};

	(void)state;
	check(cases, ARRAY_LEN(cases));
}

static void hierarchies_side_by_side_complete_each_other(void **state)
{
	static const struct expected cases[] = {
		{ "12:freezer:/\n9:name=systemd:/system.slice/a.service\n4:memory:/system.slice\n"
		  "0::/system.slice/a.service\n",
		  "a.service", "", "" },
		{ "9:name=systemd:/\n4:memory:/docker/" ID "\n0::/\n", "", ID, "" },
		{ "4:memory:/docker/" ID "\n0::/system.slice/docker.service\n", "", ID, "" },
		/* In a private cgroup namespace. */
		{ "0::/../../kubepods/pod" UID "/" ID, "", ID, UID },
		/* A path with colons. */
		{ "0::/a:b:c/x.service", "x.service", "", "" },
	};

	(void)state;
	check(cases, ARRAY_LEN(cases));
}

static void the_paths_to_freeze_are_kept(void **state)
{
	static const char text[] = "6:cpu,freezer:/slow\n5:freezerish:/no\n0::/x.slice (deleted)\n";
	struct procs_cgroup c;

	(void)state;
	procs_parse_cgroup(text, strlen(text), &c);
	assert_string_equal(c.freezer_path, "/slow");
	assert_string_equal(c.v2_path, "/x.slice");
}

static void what_is_too_long_is_left_out_whole(void **state)
{
	char text[4096] = "0::/";
	struct procs_cgroup c;

	(void)state;
	memset(text + 4, 'a', 3000);
	strcpy(text + 3004, ".service");
	procs_parse_cgroup(text, strlen(text), &c);
	assert_string_equal(c.unit, "");
	assert_string_equal(c.v2_path, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_of_systemd),
		cmocka_unit_test(containers_of_every_kind),
		cmocka_unit_test(near_misses_are_none),
		cmocka_unit_test(hierarchies_side_by_side_complete_each_other),
		cmocka_unit_test(the_paths_to_freeze_are_kept),
		cmocka_unit_test(what_is_too_long_is_left_out_whole),
	};

	return unit_run("procs cgroup", tests);
}
