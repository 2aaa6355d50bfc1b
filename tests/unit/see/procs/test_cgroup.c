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
		if (strcmp(c.unit, cases[i].unit) || strcmp(c.container, cases[i].container) ||
		    strcmp(c.pod, cases[i].pod))
			fail_msg("%s says unit \"%s\", container \"%s\", pod \"%s\"", cases[i].text,
				 c.unit, c.container, c.pod);
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

/* What others have met and written down: where, stands above each. */
static void forms_met_in_the_wild(void **state)
{
	static const struct expected cases[] = {
		/* DataDog dd-trace-java ContainerInfoTest; Docker with cgroupfs, v1. */
		{ "13:name=systemd:/docker/"
		  "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860",
		  "", "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860", "" },
		/* neuvector share/system/cgroup_test.go: Debian, CentOS. */
		{ "8:blkio:/4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970", "",
		  "4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970", "" },
		/* Rootless Docker: moby contrib, systemd driver in the user's manager. */
		{ "0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope",
		  "", ID, "" },
		/* nerdctl with the systemd driver (nerdctl pkg/cmd/container/run_cgroup_linux.go).
		 */
		{ "0::/system.slice/nerdctl-" ID ".scope", "", ID, "" },
		/* Podman: rootless, its sub-cgroup, pods, cgroupfs. */
		{ "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		  ".scope/container",
		  "", ID, "" },
		{ "0::/user.slice/user-1000.slice/user@1000.service/user.slice/"
		  "user-libpod_pod_" ID2 ".slice/libpod-" ID ".scope",
		  "", ID, "" },
		{ "0::/libpod_parent/libpod-" ID, "", ID, "" },
		/* Quadlet, podman run --cgroups=split: restarting redis.service restarts it. */
		{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/redis.service/"
		  "libpod-payload-e8c29da1a2f6c4bb032304f7dfbc5a767e026092c4a2fcbc830e58565f972f54",
		  "redis.service",
		  "e8c29da1a2f6c4bb032304f7dfbc5a767e026092c4a2fcbc830e58565f972f54", "" },
		{ "0::/user.slice/user-1001.slice/user@1001.service/app.slice/caddy.service/"
		  "runtime",
		  "caddy.service", "", "" },
	};

	(void)state;
	check(cases, ARRAY_LEN(cases));
}

static void pods_met_in_the_wild(void **state)
{
	static const struct expected cases[] = {
		/* CRI-O with cgroupfs (internal/config/cgmgr/cgroupfs_linux.go). */
		{ "0::/kubepods/burstable/pod" UID "/crio-" ID, "", ID, UID },
		{ "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
		  ".slice/crio-" ID ".scope/container",
		  "", ID, UID },
		{ "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
		  ".slice/crio-conmon-" ID ".scope",
		  "crio-conmon-" ID ".scope", "", UID },
		/* Kubernetes: guaranteed, with both drivers; cri-dockerd. */
		{ "0::/kubepods/pod" UID "/" ID, "", ID, UID },
		{ "0::/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope", "",
		  ID, UID },
		{ "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_
		  ".slice/docker-" ID ".scope",
		  "", ID, UID },
		/* kind: a kubelet with its own root (kubernetes-sigs/kind, kubelet.slice). */
		{ "0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/"
		  "kubelet-kubepods-burstable-podb1e89a2fcc688644de3eb95aee8025ce.slice/"
		  "cri-containerd-"
		  "ee3fc60554cd9eefdd745a10dda84e041a7883c0381d067e76185d342de64759.scope",
		  "", "ee3fc60554cd9eefdd745a10dda84e041a7883c0381d067e76185d342de64759",
		  "b1e89a2fcc688644de3eb95aee8025ce" },
		/* The same, seen from outside the node's container. */
		{ "0::/system.slice/docker-" ID2 ".scope/kubelet.slice/kubelet-kubepods.slice/"
		  "kubelet-kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope",
		  "", ID, UID },
		{ "11:memory:/docker/" ID2 "/kubelet/kubepods/burstable/pod" UID "/" ID, "", ID,
		  UID },
		/* What serves the node of kind or minikube, in the node's container. */
		{ "0::/system.slice/docker-"
		  "89ac90181a86fdea23d87ab993ceb698aa61528123c23135ef43fe5246a1b11e"
		  ".scope/system.slice/containerd.service",
		  "containerd.service",
		  "89ac90181a86fdea23d87ab993ceb698aa61528123c23135ef43fe5246a1b11e", "" },
		/* k3s: the agent and what it runs. */
		{ "0::/system.slice/k3s.service", "k3s.service", "", "" },
		{ "0::/kubepods/besteffort/pod" UID "/" ID, "", ID, UID },
		/* ECS: the agent's cgroup_resource_linux.go, with v2 a slice for each task. */
		{ "0::/ecstasks.slice/ecstasks-529630467358463ab6bbba4e73afe704.slice/docker-" ID
		  ".scope",
		  "", ID, "" },
		{ "1:name=systemd:/ecs/34dc0b5e626f2c5c4c5170e34b10e765-1234567890", "",
		  "34dc0b5e626f2c5c4c5170e34b10e765-1234567890", "" },
	};

	(void)state;
	check(cases, ARRAY_LEN(cases));
}

static void containers_known_by_name(void **state)
{
	static const struct expected cases[] = {
		/* LXC 3.1's lxc.payload/NAME, Proxmox's ns, a project of Incus. */
		{ "0::/lxc.payload/web1/system.slice/nginx.service", "nginx.service", "web1", "" },
		{ "1:name=systemd:/lxc/101/ns/system.slice/nginx.service", "nginx.service", "101",
		  "" },
		{ "0::/lxc.payload.snapcraft_some-container", "", "snapcraft_some-container", "" },
		{ "0::/lxc.payload.web1/.lxc", "", "web1", "" },
		{ "0::/lxc.payload.web1/init.scope", "init.scope", "web1", "" },
		/* systemd-nspawn, by itself and as a service; NixOS (moby/moby#44402). */
		{ "0::/machine.slice/machine-web\\x2d1.scope/payload/system.slice/a.service",
		  "a.service", "web-1", "" },
		{ "0::/machine.slice/systemd-nspawn@web\\x2d1.service/payload",
		  "systemd-nspawn@web\\x2d1.service", "web-1", "" },
		{ "0::/machine.slice/container@docker.service/payload/system.slice/x.service",
		  "x.service", "docker", "" },
		/* libvirt's LXC (virsystemd.c:virSystemdMakeScopeName()). */
		{ "0::/machine.slice/machine-lxc\\x2d1234\\x2dweb.scope/libvirt", "",
		  "lxc-1234-web", "" },
		/* Nomad's exec driver (client/lib/cgroupslib): v2, v1. */
		{ "0::/nomad.slice/share.slice/4744f0ea-7616-ab3a-a420-8e25056e3861.web.scope", "",
		  "4744f0ea-7616-ab3a-a420-8e25056e3861.web", "" },
		{ "0::/nomad.slice/4744f0ea-7616-ab3a-a420-8e25056e3861.web.scope", "",
		  "4744f0ea-7616-ab3a-a420-8e25056e3861.web", "" },
		{ "5:memory:/nomad/4744f0ea-7616-ab3a-a420-8e25056e3861.start", "",
		  "4744f0ea-7616-ab3a-a420-8e25056e3861.start", "" },
		/* Cloud Foundry's Garden: a handle of Diego's, a UUID. */
		{ "4:memory:/garden/6f265890-5165-7fab-6b52-18d1", "",
		  "6f265890-5165-7fab-6b52-18d1", "" },
		{ "4:memory:/system.slice/garden.service/garden/good/" UID, "", UID, "" },
		/* Mesos; a build step of BuildKit in Docker. */
		{ "4:memory:/mesos/" UID, "", UID, "" },
		{ "0::/docker/buildkit/f5jxjkxq1s8yqo1n0w2k3m4p7", "", "f5jxjkxq1s8yqo1n0w2k3m4p7",
		  "" },
	};

	(void)state;
	check(cases, ARRAY_LEN(cases));
}

static void units_as_systemctl_takes_them(void **state)
{
	static const struct expected cases[] = {
		{ "0::/system.slice/system-wg\\x2dquick.slice/wg-quick@wg\\x2d0.service",
		  "wg-quick@wg\\x2d0.service", "", "" },
		/* cg_escape(): "cpu.service" would look like a file of the kernel's. */
		{ "0::/system.slice/_cpu.service", "cpu.service", "", "" },
		{ "0::/system.slice/__x.service", "_x.service", "", "" },
		/* Desktop programs: snap, flatpak, GNOME. */
		{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
		  "snap.firefox.firefox-" UID ".scope",
		  "snap.firefox.firefox-" UID ".scope", "", "" },
		{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
		  "app-flatpak-org.mozilla.firefox-4242.scope",
		  "app-flatpak-org.mozilla.firefox-4242.scope", "", "" },
		{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
		  "app-org.gnome.Terminal.slice/vte-spawn-" UID ".scope",
		  "vte-spawn-" UID ".scope", "", "" },
		{ "0::/user.slice/user-1000.slice/user@1000.service/session.slice/"
		  "org.gnome.Shell@wayland.service",
		  "org.gnome.Shell@wayland.service", "", "" },
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
		/* LXC's monitor and nspawn's supervisor are not in the container. */
		{ "0::/lxc.monitor.web1", "", "", "" },
		{ "0::/lxc.monitor/101", "", "", "" },
		{ "0::/machine.slice/systemd-nspawn@web1.service/supervisor",
		  "systemd-nspawn@web1.service", "", "" },
		{ "0::/system.slice/a.service/payload", "a.service", "", "" },
		{ "0::/system.slice/a@.service/payload", "a@.service", "", "" },
		/* Handles of nobody known; an escaped NUL. */
		{ "0::/elsewhere/" UID, "", "", "" },
		{ "0::/nomad/" UID, "", "", "" },
		{ "0::/buildkit/f5jxjkxq1s8yqo1n0w2k3m4p", "", "", "" },
		{ "0::/machine.slice/machine-a\\x00b.scope", "", "", "" },
		{ "0::/_.service", "", "", "" },
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
		{ "0::/../cri-containerd-" ID ".scope", "", ID, "" },
		{ "0::/../../pod" UID "/" ID, "", ID, UID },
		{ "0::/../lxc.payload.b/system.slice/x.service", "x.service", "b", "" },
		{ "0::/..", "", "", "" },
		/* A path with colons. */
		{ "0::/a:b:c/x.service", "x.service", "", "" },
	};

	(void)state;
	check(cases, ARRAY_LEN(cases));
}

static void a_users_unit_is_told_from_the_systems(void **state)
{
	static const struct {
		const char *text;
		bool is_user_unit;
	} cases[] = {
		{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.service", true },
		{ "0::/user.slice/user-1000.slice/user@1000.service/init.scope", true },
		{ "0::/user.slice/user-1000.slice/user@1000.service", false },
		{ "0::/user.slice/user-1000.slice/session-3.scope", false },
		{ "0::/system.slice/a.service", false },
		/* A container of a user's has a systemd of its own. */
		{ "0::/user.slice/user@1000.service/user.slice/docker-" ID ".scope", false },
		{ "9:name=systemd:/user.slice/user@7.service/a.service\n4:memory:/user.slice\n",
		  true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct procs_cgroup c;

		procs_parse_cgroup(cases[i].text, strlen(cases[i].text), &c);
		if (c.is_user_unit != cases[i].is_user_unit)
			fail_msg("%s", cases[i].text);
	}
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
		cmocka_unit_test(forms_met_in_the_wild),
		cmocka_unit_test(pods_met_in_the_wild),
		cmocka_unit_test(containers_known_by_name),
		cmocka_unit_test(units_as_systemctl_takes_them),
		cmocka_unit_test(near_misses_are_none),
		cmocka_unit_test(hierarchies_side_by_side_complete_each_other),
		cmocka_unit_test(a_users_unit_is_told_from_the_systems),
		cmocka_unit_test(the_paths_to_freeze_are_kept),
		cmocka_unit_test(what_is_too_long_is_left_out_whole),
	};

	return unit_run("procs cgroup", tests);
}
