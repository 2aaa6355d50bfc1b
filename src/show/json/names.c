// SPDX-License-Identifier: Apache-2.0
/* One table an enum; what is out of its table is "unknown". */
#include "show/json/names.h"

#include "base/mem.h"
#include "model/finding.h"

#define NAME_OF(table, value) ((value) < ARRAY_LEN(table) ? (table)[value] : "unknown")

const char *json_role_name(uint8_t role)
{
	static const char *const names[] = {
		[ROLE_UNKNOWN] = "unknown",
		[ROLE_ACCEPTED] = "accepted",
		[ROLE_CONNECTED] = "connected",
	};

	return NAME_OF(names, role);
}

const char *json_closer_name(uint8_t closer)
{
	static const char *const names[] = {
		[TCP_CLOSER_UNKNOWN] = "unknown",
		[TCP_CLOSER_REMOTE] = "remote",
		[TCP_CLOSER_LOCAL] = "local",
		[TCP_CLOSER_BOTH] = "both",
	};

	return NAME_OF(names, closer);
}

const char *json_pattern_name(uint8_t pattern)
{
	static const char *const names[] = {
		[PATTERN_UNKNOWN] = "unknown",
		[PATTERN_POOL] = "pool",
		[PATTERN_LEAK] = "leak",
	};

	return NAME_OF(names, pattern);
}

const char *json_ends_name(uint8_t when)
{
	static const char *const names[] = {
		[ENDS_UNKNOWN] = "unknown",
		[ENDS_NEVER] = "never",
		[ENDS_BOUNDED] = "bounded",
		[ENDS_EVENT] = "event",
	};

	return NAME_OF(names, when);
}

const char *json_timer_name(uint8_t timer)
{
	static const char *const names[] = {
		[TCP_TIMER_NONE] = "none",	     [TCP_TIMER_RETRANSMIT] = "retransmit",
		[TCP_TIMER_KEEPALIVE] = "keepalive", [TCP_TIMER_MINISOCKET] = "minisocket",
		[TCP_TIMER_PROBE] = "probe",
	};

	return NAME_OF(names, timer);
}

const char *json_seen_name(uint8_t seen)
{
	static const char *const names[] = {
		[THREADS_NOT_LOOKED] = "unknown", [THREADS_ALL] = "all",   [THREADS_SOME] = "some",
		[THREADS_DENIED] = "denied",	  [THREADS_GONE] = "gone",
	};

	return NAME_OF(names, seen);
}

const char *json_call_name(uint8_t call)
{
	static const char *const names[CALL_MAX] = {
		[CALL_NONE] = "none",	    [CALL_ACCEPT] = "accept", [CALL_CONNECT] = "connect",
		[CALL_RECEIVE] = "receive", [CALL_SEND] = "send",     [CALL_POLL] = "poll",
		[CALL_EPOLL] = "epoll",	    [CALL_URING] = "uring",   [CALL_FUTEX] = "futex",
		[CALL_SLEEP] = "sleep",	    [CALL_CHILD] = "child",   [CALL_LOCK] = "lock",
		[CALL_SYNC] = "sync",	    [CALL_SIGNAL] = "signal", [CALL_OTHER] = "other",
	};

	return call < CALL_MAX ? names[call] : NULL;
}

const char *json_object_name(uint8_t object)
{
	static const char *const names[OBJECT_MAX] = {
		[OBJECT_NONE] = "none",		[OBJECT_TCP] = "tcp",
		[OBJECT_LISTENER] = "listener", [OBJECT_SOCKET] = "socket",
		[OBJECT_EPOLL] = "epoll",	[OBJECT_SET] = "set",
		[OBJECT_PIPE] = "pipe",		[OBJECT_EVENT] = "event",
		[OBJECT_FILE] = "file",		[OBJECT_TERMINAL] = "terminal",
		[OBJECT_OTHER] = "other",
	};

	return object < OBJECT_MAX ? names[object] : NULL;
}
