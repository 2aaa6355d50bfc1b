// SPDX-License-Identifier: Apache-2.0
/* Makes many TCP connections in many processes and holds them, for bench/run to be looked at.
 *
 * usage: hold STUCK PAIRS PROCESSES IDLE plain|watched|reset|spaces
 *
 * STUCK connections in CLOSE_WAIT whose other end is closed, and PAIRS established ones of which
 * both ends are held, are spread over PROCESSES processes; IDLE further ones hold a few plain
 * files. watched: each stuck one is registered in its process's epoll set. reset: the other ends
 * send a RST, so that what is held is no connection any more. spaces: each process is in a network
 * namespace of its own, and only each fifth holds connections. Prints "ready" when all stand and
 * holds them until its standard input ends. Meant for a network namespace of its own: process i
 * listens on 127.0.(1 + i).1:8000 and is its own client, at 127.0.(1 + i).2 from one port after the
 * other: were one drawn twice, the second handshake would reset the first connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT	      8000
#define FIRST_PORT    10000 /* of the clients */
#define BACKLOG	      128
#define PROCESSES_MAX 1000
#define SPACES_EACH   5 /* namespaces for one with connections */
#define IDLE_FILES    8
#define ORPHANS_MAX   50000
#define ORPHANS_STEP  500
#define ALIVE_S	      600 /* nobody measures for longer */

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "hold: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_in address_of(unsigned int process, unsigned int host, unsigned int port)
{
	uint32_t address = 0x7f000000u + ((1 + process) << 8) + host;

	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(address) };
}

static int listen_at(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)at, sizeof(*at)) || listen(fd, BACKLOG))
		fail("listening");
	return fd;
}

/* Into a network namespace of this process's own, with lo up. */
static void enter_space(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET))
		fail("making a network namespace");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		fail("raising lo");
	close(fd);
}

/* A process that is server and client. */
struct both {
	struct sockaddr_in server;
	struct sockaddr_in client; /* of the next connection */
	int listener;
};

static struct both begin(unsigned int process)
{
	struct both b = { .server = address_of(process, 1, PORT),
			  .client = address_of(process, 2, FIRST_PORT) };

	b.listener = listen_at(&b.server);
	return b;
}

/* On loopback the handshake is over when connect() returns, and accept() does not wait. */
static int connect_once(struct both *b, int *ret_accepted)
{
	const struct sockaddr *from = (const struct sockaddr *)&b->client;
	const struct sockaddr *to = (const struct sockaddr *)&b->server;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, from, sizeof(b->client)) || connect(fd, to, sizeof(b->server)))
		fail("connecting");
	*ret_accepted = accept4(b->listener, NULL, NULL, SOCK_CLOEXEC);
	if (*ret_accepted < 0)
		fail("accepting");
	b->client.sin_port = htons((uint16_t)(ntohs(b->client.sin_port) + 1));
	return fd;
}

static void hold_pairs(struct both *b, unsigned int n)
{
	int accepted;

	while (n--)
		connect_once(b, &accepted);
}

/* Each client that is closed is an orphan for a second. Of more than tcp_max_orphans (131,072 where
 * memory is no question) the kernel resets some, and with them what is to be held
 * (net/ipv4/tcp.c:tcp_check_oom()): so there are never near as many. */
static void await_few_orphans(void)
{
	unsigned int orphans = 0;
	char text[256];

	do {
		int fd = open("/proc/net/sockstat", O_RDONLY | O_CLOEXEC);
		ssize_t len = read(fd, text, sizeof(text) - 1);
		const char *at;

		close(fd);
		text[len > 0 ? len : 0] = '\0';
		at = strstr(text, " orphan ");
		if (!at || sscanf(at, " orphan %u", &orphans) != 1)
			fail("reading /proc/net/sockstat");
	} while (orphans > ORPHANS_MAX && usleep(10000) == 0);
}

static void hold_stuck(struct both *b, unsigned int n, const char *how)
{
	const struct linger at_once = { .l_onoff = 1 };
	int watched = strcmp(how, "watched") == 0, reset = strcmp(how, "reset") == 0;
	int epoll = watched ? epoll_create1(EPOLL_CLOEXEC) : -1;

	while (n--) {
		struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP };
		int accepted;
		int client = connect_once(b, &accepted);

		if (watched && epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event))
			fail("watching");
		if (reset && setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)))
			fail("setting SO_LINGER");
		close(client);
		if (n % ORPHANS_STEP == 0)
			await_few_orphans();
	}
}

/* A part of `whole` for part i of n. */
static unsigned int share(unsigned int whole, unsigned int i, unsigned int n)
{
	return whole / n + (i < whole % n);
}

/* What process i of n has to hold. */
static void hold_share(unsigned int i, unsigned int n, unsigned int stuck, unsigned int pairs,
		       const char *how)
{
	struct both b;

	if (strcmp(how, "spaces") == 0) {
		enter_space();
		if (i % SPACES_EACH)
			return;
		i /= SPACES_EACH;
		n = (n + SPACES_EACH - 1) / SPACES_EACH;
	}
	b = begin(i);
	hold_pairs(&b, share(pairs, i, n));
	hold_stuck(&b, share(stuck, i, n), how);
}

/* Tells the parent by one byte and sleeps; the parent's end ends it. */
__attribute__((noreturn)) static void hold_on(int tell)
{
	if (write(tell, "", 1) != 1)
		fail("telling that all stand");
	for (;;)
		pause();
}

__attribute__((noreturn)) static void be_idle(int tell)
{
	for (int i = 0; i < IDLE_FILES; i++)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			fail("opening files");
	hold_on(tell);
}

/* A child that does not outlive its parent. */
static int fork_child(pid_t parent)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("forking");
	if (pid)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		exit(1);
	return 1;
}

static unsigned int number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || value > 1000000) {
		fprintf(stderr, "hold: %s is no number of that kind\n", text);
		exit(2);
	}
	return (unsigned int)value;
}

static void wait_for(int told, unsigned int children)
{
	char byte;

	while (children--)
		if (read(told, &byte, 1) != 1)
			exit(1); /* a child has said why */
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

int main(int argc, char **argv)
{
	unsigned int stuck, pairs, processes, idle;
	pid_t self = getpid();
	int tell[2];

	if (argc != 6) {
		fputs("usage: hold STUCK PAIRS PROCESSES IDLE plain|watched|reset|spaces\n",
		      stderr);
		return 2;
	}
	stuck = number(argv[1]);
	pairs = number(argv[2]);
	processes = number(argv[3]);
	idle = number(argv[4]);
	if (processes > PROCESSES_MAX || pipe2(tell, O_CLOEXEC))
		fail("starting");
	alarm(ALIVE_S);
	for (unsigned int i = 0; i < processes + idle; i++) {
		if (!fork_child(self))
			continue;
		close(tell[0]);
		if (i >= processes)
			be_idle(tell[1]);
		hold_share(i, processes, stuck, pairs, argv[5]);
		hold_on(tell[1]);
	}
	close(tell[1]);
	wait_for(tell[0], processes + idle);
	return 0;
}
