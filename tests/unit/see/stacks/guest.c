// SPDX-License-Identifier: Apache-2.0
/* A program with threads whose call chains are known. usage: guest WHAT; prints "ready" when all of
 * them are where they belong, and on SIGTERM what it has counted. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define KEPT __attribute__((noinline, noipa))
#define MANY 400

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static int pipes[2];
static volatile sig_atomic_t over;
static volatile unsigned long counted, rounds, interrupted_sleeps, interrupted_polls;

/* After the call, so that it is no jump. */
#define STAY() __asm__ volatile("" ::: "memory")

KEPT void wait_for_lock(void)
{
	pthread_mutex_lock(&held);
	STAY();
}

KEPT void take_the_lock(void)
{
	wait_for_lock();
	STAY();
}

KEPT void read_the_pipe(void)
{
	char byte;

	counted += (unsigned long)read(pipes[0], &byte, 1);
	STAY();
}

KEPT void serve_a_request(void)
{
	char room[3000];

	memset(room, 0, sizeof(room));
	read_the_pipe();
	__asm__ volatile("" ::"r"(room) : "memory");
}

KEPT void sleep_for_long(void)
{
	nanosleep(&(struct timespec){ .tv_sec = 1000 }, NULL);
	STAY();
}

KEPT void count_up(void)
{
	for (;;)
		counted++;
}

KEPT void compute(void)
{
	count_up();
	STAY();
}

KEPT void ask_the_time(void)
{
	struct timespec now;

	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		counted += (unsigned long)now.tv_nsec;
	}
}

KEPT void handle_it(int signal)
{
	(void)signal;
	read_the_pipe();
	STAY();
}

KEPT void be_interrupted(void)
{
	stack_t stack = { .ss_sp = malloc(65536), .ss_size = 65536 };
	struct sigaction action = { .sa_handler = handle_it, .sa_flags = SA_ONSTACK };

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	pthread_kill(pthread_self(), SIGUSR1);
	STAY();
}

/* Sleeps shortly again and again, and waits for events: does anything cut that short? */
KEPT void loop(void)
{
	int set = epoll_create1(0);
	struct epoll_event event;

	while (!over) {
		if (nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL) < 0)
			interrupted_sleeps++;
		if (epoll_wait(set, &event, 1, 20) < 0)
			interrupted_polls++;
		rounds++;
	}
}

KEPT void deep(int left)
{
	char room[64];

	memset(room, left, sizeof(room));
	if (left)
		deep(left - 1);
	else
		read_the_pipe();
	__asm__ volatile("" ::"r"(room) : "memory");
}

/* A stack deeper than what is copied of it, by one frame. */
KEPT void large(void)
{
	char room[700000];

	memset(room, 0, sizeof(room));
	read_the_pipe();
	__asm__ volatile("" ::"r"(room) : "memory");
}

static void *thread_main(void *data)
{
	void (*what)(void) = (void (*)(void))data;

	what();
	return NULL;
}

KEPT void dive(void)
{
	deep(500);
	STAY();
}

static void start(void (*what)(void))
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, what == large ? 1 << 20 : 1 << 17);
	if (pthread_create(&thread, &attr, thread_main, (void *)what))
		exit(2);
	pthread_attr_destroy(&attr);
}

static void *nothing(void *data)
{
	return data;
}

/* Threads that end as soon as they have begun. */
static void churn(void)
{
	while (!over) {
		pthread_t threads[20];

		for (int i = 0; i < 20; i++)
			pthread_create(&threads[i], NULL, nothing, NULL);
		for (int i = 0; i < 20; i++)
			pthread_join(threads[i], NULL);
	}
}

static void end(int signal)
{
	(void)signal;
	over = 1;
}

static const struct {
	const char *name;
	void (*what[4])(void);
	int times;
} programs[] = {
	{ "chains", { take_the_lock, serve_a_request, sleep_for_long }, 1 },
	{ "compute", { compute }, 1 },
	{ "time", { ask_the_time }, 1 },
	{ "signal", { be_interrupted }, 1 },
	{ "loop", { loop }, 1 },
	{ "deep", { dive }, 1 },
	{ "large", { large }, 1 },
	{ "churn", { churn }, 1 },
	{ "many", { serve_a_request }, MANY },
	{ "leaderless", { serve_a_request, take_the_lock }, 1 },
};

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "chains";

	signal(SIGTERM, end);
	alarm(200);
	if (pipe(pipes))
		return 2;
	pthread_mutex_lock(&held);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		for (int k = 0; strcmp(programs[i].name, name) == 0 && k < programs[i].times; k++)
			for (int n = 0; n < 4 && programs[i].what[n]; n++)
				start(programs[i].what[n]);
	usleep(100000);
	puts("ready");
	fflush(stdout);
	if (strcmp(name, "leaderless") == 0)
		pthread_exit(NULL);
	while (!over)
		pause();
	usleep(100000);
	printf("%lu rounds, %lu sleeps and %lu polls interrupted\n", rounds, interrupted_sleeps,
	       interrupted_polls);
	fflush(stdout);
	_exit(0);
}
