// SPDX-License-Identifier: Apache-2.0
/* The state names, once. */
#include "model/tcp.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

static const char *const state_names[TCP_STATE_MAX] = {
	[TCP_STATE_UNKNOWN] = "UNKNOWN",       [TCP_STATE_ESTABLISHED] = "ESTABLISHED",
	[TCP_STATE_SYN_SENT] = "SYN_SENT",     [TCP_STATE_SYN_RECV] = "SYN_RECV",
	[TCP_STATE_FIN_WAIT_1] = "FIN_WAIT_1", [TCP_STATE_FIN_WAIT_2] = "FIN_WAIT_2",
	[TCP_STATE_TIME_WAIT] = "TIME_WAIT",   [TCP_STATE_CLOSED] = "CLOSED",
	[TCP_STATE_CLOSE_WAIT] = "CLOSE_WAIT", [TCP_STATE_LAST_ACK] = "LAST_ACK",
	[TCP_STATE_LISTEN] = "LISTEN",	       [TCP_STATE_CLOSING] = "CLOSING",
};

/* Spellings that are more than another case or separator. */
static const struct {
	const char *name;
	enum tcp_state state;
} state_aliases[] = {
	{ "ESTAB", TCP_STATE_ESTABLISHED },    { "SYNRCVD", TCP_STATE_SYN_RECV },
	{ "SYNRECEIVED", TCP_STATE_SYN_RECV }, { "CLOSE", TCP_STATE_CLOSED },
	{ "UNCONN", TCP_STATE_CLOSED },	       { "LISTENING", TCP_STATE_LISTEN },
};

const char *tcp_state_name(enum tcp_state state)
{
	return state < TCP_STATE_MAX ? state_names[state] : state_names[TCP_STATE_UNKNOWN];
}

static bool is_separator(char c)
{
	return c == '-' || c == '_' || c == ' ';
}

static bool same_name(const char *known, const char *name, size_t len)
{
	size_t i = 0;

	for (; *known; known++) {
		if (is_separator(*known))
			continue;
		while (i < len && is_separator(name[i]))
			i++;
		if (i == len || toupper((unsigned char)name[i]) != *known)
			return false;
		i++;
	}
	return i == len;
}

enum tcp_state tcp_state_parse(const char *name, size_t len)
{
	for (enum tcp_state s = TCP_STATE_UNKNOWN + 1; s < TCP_STATE_MAX; s++)
		if (same_name(state_names[s], name, len))
			return s;
	for (size_t i = 0; i < ARRAY_LEN(state_aliases); i++)
		if (same_name(state_aliases[i].name, name, len))
			return state_aliases[i].state;
	return TCP_STATE_UNKNOWN;
}

enum tcp_closer tcp_state_closer(enum tcp_state state)
{
	switch (state) {
	case TCP_STATE_CLOSE_WAIT:
	case TCP_STATE_LAST_ACK:
		return TCP_CLOSER_REMOTE;
	case TCP_STATE_FIN_WAIT_1:
	case TCP_STATE_FIN_WAIT_2:
	case TCP_STATE_TIME_WAIT:
		return TCP_CLOSER_LOCAL;
	case TCP_STATE_CLOSING:
		return TCP_CLOSER_BOTH;
	default:
		return TCP_CLOSER_UNKNOWN;
	}
}
