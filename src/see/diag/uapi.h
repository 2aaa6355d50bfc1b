/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's numbers for sock_diag that older headers lack: building on them still reads what a
 * newer kernel says. Values are ABI (include/uapi/linux/inet_diag.h, sock_diag.h, checked in 6.18).
 */
#ifndef SEE_DIAG_UAPI_H
#define SEE_DIAG_UAPI_H

/* Message types. The first is the old request: unlike the second it lists both address families
 * (net/ipv4/inet_diag.c:inet_diag_dump_compat()). */
#define UAPI_TCPDIAG_GETSOCK	 18
#define UAPI_SOCK_DIAG_BY_FAMILY 20
#define UAPI_SOCK_DESTROY	 21

/* Attributes of a request. */
#define UAPI_DIAG_REQ_BYTECODE 1

/* One instruction of byte code. */
#define UAPI_DIAG_BC_MARK_COND 10

/* Attributes of an answer. Asked for by bit (number - 1) of idiag_ext; those above 8 and SHUTDOWN
 * come unasked. */
#define UAPI_DIAG_INFO	    2
#define UAPI_DIAG_SKMEMINFO 7
#define UAPI_DIAG_SHUTDOWN  8
#define UAPI_DIAG_ULP_INFO  19
#define UAPI_DIAG_CGROUP_ID 21

/* Where the peer's receive window stands in struct tcp_info (Linux 5.4). */
#define UAPI_TCP_INFO_SND_WND 228

/* Inside ULP_INFO: what is layered on the socket, and the part of an MPTCP subflow. */
#define UAPI_ULP_INFO_NAME  1
#define UAPI_ULP_INFO_MPTCP 3

/* A state of the kernel's own beyond those of model/tcp.h: a request socket
 * (include/net/tcp_states.h). */
#define UAPI_TCP_NEW_SYN_RECV 12

#endif
