// SPDX-License-Identifier: GPL-2.0
/*
 * The module, over generic netlink: requests, dumps, READY and refusals.
 *
 * Messages are walked in the buffer nl_recv() returns rather than by
 * nl_recvmsgs(), which copies each one and maps errors to its own codes.
 * READY may arrive in the middle of a dump: it is noted and the next wait
 * returns at once. One thread.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>

#include <netlink/netlink.h>
#include <netlink/genl/genl.h>
#include <netlink/genl/ctrl.h>
#include <netlink/msg.h>

#include "client-dump.h"
#include "reply.h"

/* A dump message holds up to 32 KiB; the kernel fills what a reader offers. */
#define MESSAGE_BYTES	(64 * 1024)
#define RECEIVE_BYTES	(4 * 1024 * 1024)

struct memscope_client {
	struct nl_sock *sock;
	int family;
	bool ready;
	char error[320];
};

__attribute__((format(printf, 3, 4)))
static int fail(struct memscope_client *client, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(client->error, sizeof(client->error), format, args);
	va_end(args);
	return err;
}

int memscope_client_create(struct memscope_client **client)
{
	*client = calloc(1, sizeof(**client));
	return *client ? 0 : -ENOMEM;
}

void memscope_client_destroy(struct memscope_client *client)
{
	if (!client)
		return;
	if (client->sock)
		nl_socket_free(client->sock);
	free(client);
}

const char *memscope_client_error(const struct memscope_client *client)
{
	return client->error[0] ? client->error : "no error";
}

int memscope_client_fd(const struct memscope_client *client)
{
	return client->sock ? nl_socket_get_fd(client->sock) : -1;
}

/* libnl's codes name its own troubles; here only a few can occur. */
static int errno_of(int nl_err)
{
	switch (nl_err < 0 ? -nl_err : nl_err) {
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_INTR:
		return -EINTR;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_MSG_TRUNC:
	case NLE_MSG_TOOSHORT:
		return -EMSGSIZE;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	default:
		return -EIO;
	}
}

static int resolve(struct memscope_client *client)
{
	client->family = genl_ctrl_resolve(client->sock, MEMSCOPE_GENL_NAME);
	if (client->family >= 0)
		return 0;
	if (errno_of(client->family) != -ENOENT)
		return fail(client, errno_of(client->family),
			    "cannot look up the memscope netlink family: %s",
			    nl_geterror(client->family));
	if (!access("/sys/module/memscope", F_OK))
		return fail(client, -ENOENT,
			    "memscope.ko is loaded but cannot be reached from this network namespace: run in the host's");
	return fail(client, -ENOENT,
		    "the kernel module is not loaded: sudo insmod memscope.ko, or sudo modprobe memscope");
}

int memscope_client_connect(struct memscope_client *client)
{
	int on = 1, err;

	if (client->sock)
		return fail(client, -EISCONN, "already connected");
	client->sock = nl_socket_alloc();
	if (!client->sock)
		return fail(client, -ENOMEM, "out of memory");
	nl_socket_disable_auto_ack(client->sock);
	err = genl_connect(client->sock);
	if (err < 0) {
		err = fail(client, errno_of(err), "cannot open a netlink socket: %s",
			   nl_geterror(err));
		goto free_socket;
	}
	err = resolve(client);
	if (err < 0)
		goto free_socket;
	setsockopt(nl_socket_get_fd(client->sock), SOL_NETLINK, NETLINK_EXT_ACK,
		   &on, sizeof(on));
	nl_socket_set_buffer_size(client->sock, RECEIVE_BYTES, 0);
	err = nl_socket_set_msg_buf_size(client->sock, MESSAGE_BYTES);
	if (err < 0) {
		err = fail(client, errno_of(err), "cannot size the netlink buffer: %s",
			   nl_geterror(err));
		goto free_socket;
	}
	return 0;

free_socket:
	nl_socket_free(client->sock);
	client->sock = NULL;
	return err;
}

static const char *command_name(unsigned int command)
{
	static const char *const names[] = {
		[MEMSCOPE_CMD_STATUS] = "read the status",
		[MEMSCOPE_CMD_START] = "start a session",
		[MEMSCOPE_CMD_STOP] = "stop the session",
		[MEMSCOPE_CMD_RESET] = "reset",
		[MEMSCOPE_CMD_CONFIG] = "change the options",
		[MEMSCOPE_CMD_EVENTS] = "read events",
		[MEMSCOPE_CMD_STACKS] = "read stacks",
		[MEMSCOPE_CMD_CACHES] = "read caches",
		[MEMSCOPE_CMD_LOAD] = "read the load",
		[MEMSCOPE_CMD_PATHS] = "read the paths",
		[MEMSCOPE_CMD_COUNTERS] = "read the counters",
		[MEMSCOPE_CMD_SYMBOLS] = "read symbols",
	};

	return command < sizeof(names) / sizeof(names[0]) && names[command] ?
	       names[command] : "answer";
}

/* The sentence of an extack, or NULL: attributes after the error's payload. */
static const char *extack_sentence(struct nlmsghdr *head, size_t payload)
{
	struct nlattr *attr;
	int left;

	if (!(head->nlmsg_flags & NLM_F_ACK_TLVS) || nlmsg_datalen(head) < (int)payload)
		return NULL;
	left = nlmsg_datalen(head) - payload;
	attr = (struct nlattr *)((char *)nlmsg_data(head) + payload);
	attr = nla_find(attr, left, NLMSGERR_ATTR_MSG);
	if (!attr || !memchr(nla_data(attr), '\0', nla_len(attr)))
		return NULL;
	return nla_get_string(attr);
}

/* What the module answered with, as -errno and a sentence. 0: it agreed. */
static int verdict(struct memscope_client *client, unsigned int command, int err,
		   const char *sentence)
{
	if (!err)
		return 0;
	if (err > 0 || err < -4095)
		return fail(client, -EPROTO, "cannot %s: malformed answer",
			    command_name(command));
	if (sentence && *sentence)
		return fail(client, err, "%s", sentence);
	if (err == -EPERM || err == -EACCES)
		return fail(client, err,
			    "cannot %s: run as root, or with CAP_SYSLOG or CAP_SYS_ADMIN",
			    command_name(command));
	/* Before 6.3 or so a dump's refusal comes without its sentence. */
	if (err == -ENODATA)
		return fail(client, err, "no session has run: `memscopectl start` begins one");
	if (err == -EBUSY && command == MEMSCOPE_CMD_EVENTS)
		return fail(client, err,
			    "the events belong to the reader that the session is attached to");
	return fail(client, err, "cannot %s: %s", command_name(command), strerror(-err));
}

struct exchange {
	struct memscope_client *client;
	unsigned int command;
	uint32_t seq;
	memscope_reply_fn fn;
	void *ctx;
	bool done;
	bool interrupted;		/* the kernel says the dump is inconsistent */
	int err;			/* first error; the rest of a dump is dropped */
};

static void take_data(struct exchange *exchange, struct nlmsghdr *head)
{
	struct memscope_reply reply;
	int err;

	if (nlmsg_datalen(head) < (int)GENL_HDRLEN) {
		err = -EPROTO;
	} else {
		char *data = nlmsg_data(head);

		err = memscope_reply_parse(&reply, data + GENL_HDRLEN,
					   nlmsg_datalen(head) - GENL_HDRLEN);
		if (!err) {
			err = exchange->fn(exchange->ctx, &reply);
			if (err < 0)
				exchange->err = err;
			if (err != -EPROTO)
				return;
		}
	}
	exchange->err = fail(exchange->client, err,
			     "cannot %s: the module's answer is malformed; is it of another version?",
			     command_name(exchange->command));
}

static void take_message(struct exchange *exchange, struct nlmsghdr *head)
{
	struct memscope_client *client = exchange->client;
	int err = 0;

	if (head->nlmsg_type == client->family && head->nlmsg_seq == 0) {
		const struct genlmsghdr *genl = nlmsg_data(head);

		if (nlmsg_datalen(head) >= (int)GENL_HDRLEN && genl->cmd == MEMSCOPE_CMD_READY)
			client->ready = true;
		return;
	}
	/* An answer to a request that was given up. */
	if (head->nlmsg_seq != exchange->seq || exchange->done)
		return;
	if (head->nlmsg_flags & NLM_F_DUMP_INTR)
		exchange->interrupted = true;

	switch (head->nlmsg_type) {
	case NLMSG_DONE:
	case NLMSG_ERROR:
		if (nlmsg_datalen(head) >= (int)sizeof(err))
			memcpy(&err, nlmsg_data(head), sizeof(err));
		exchange->done = true;
		if (!exchange->err) {
			size_t payload = sizeof(int);

			if (head->nlmsg_type == NLMSG_ERROR) {
				const struct nlmsgerr *error = nlmsg_data(head);

				payload = sizeof(*error);
				if (!(head->nlmsg_flags & NLM_F_CAPPED) &&
				    nlmsg_datalen(head) >= (int)sizeof(*error) &&
				    error->msg.nlmsg_len > sizeof(error->msg))
					payload += NLMSG_ALIGN(error->msg.nlmsg_len) -
						   sizeof(error->msg);
			}
			exchange->err = verdict(client, exchange->command, err,
						extack_sentence(head, payload));
		}
		break;
	case NLMSG_NOOP:
		break;
	default:
		if (head->nlmsg_type == client->family && !exchange->err && exchange->fn)
			take_data(exchange, head);
	}
}

/* Receives one buffer and hands its messages on. */
static int receive(struct exchange *exchange)
{
	struct memscope_client *client = exchange->client;
	struct sockaddr_nl from;
	unsigned char *buffer = NULL;
	struct nlmsghdr *head;
	int bytes;

	errno = 0;
	bytes = nl_recv(client->sock, &from, &buffer, NULL);
	if (bytes <= 0) {
		/* Overrun: a READY was dropped. Nothing else is sent unasked. */
		if (errno == ENOBUFS) {
			client->ready = true;
			return 0;
		}
		if (!bytes)
			return fail(client, -EIO, "cannot %s: the netlink socket was closed",
				    command_name(exchange->command));
		return fail(client, errno_of(bytes), "cannot %s: %s",
			    command_name(exchange->command), nl_geterror(bytes));
	}
	for (head = (struct nlmsghdr *)buffer; nlmsg_ok(head, bytes);
	     head = nlmsg_next(head, &bytes)) {
		if (from.nl_pid == 0)
			take_message(exchange, head);
	}
	free(buffer);
	return 0;
}

static int put_options(struct nl_msg *msg, const struct memscope_options *options)
{
	unsigned int attr;
	int err = 0;

	for (attr = MEMSCOPE_OPTION_FIRST; !err && attr <= MEMSCOPE_OPTION_LAST; attr++) {
		if (!memscope_option_is_set(options, attr))
			continue;
		if (memscope_option_is_text(attr))
			err = nla_put_string(msg, attr, memscope_option_text(options, attr));
		else
			err = nla_put_u32(msg, attr, memscope_option_number(options, attr));
	}
	return err;
}

struct request {
	unsigned int command;
	int flags;			/* NLM_F_ACK for a do, NLM_F_DUMP for a dump */
	const struct memscope_options *options;
	const uint32_t *since;
	bool attached;
};

static struct nl_msg *build(struct memscope_client *client, const struct request *request)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, client->family, 0,
			 NLM_F_REQUEST | request->flags, request->command,
			 MEMSCOPE_GENL_VERSION) ||
	    (request->options && put_options(msg, request->options) < 0) ||
	    (request->since && nla_put_u32(msg, MEMSCOPE_A_SINCE, *request->since) < 0) ||
	    (request->attached && nla_put_u32(msg, MEMSCOPE_A_ATTACHED, 1) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int talk(struct memscope_client *client, const struct request *request,
		memscope_reply_fn fn, void *ctx)
{
	struct exchange exchange = {
		.client = client, .command = request->command, .fn = fn, .ctx = ctx,
	};
	struct nl_msg *msg;
	int err;

	if (!client->sock)
		return fail(client, -ENOTCONN, "not connected");
	msg = build(client, request);
	if (!msg)
		return fail(client, -ENOMEM, "out of memory");
	err = nl_send_auto(client->sock, msg);
	exchange.seq = nlmsg_hdr(msg)->nlmsg_seq;
	nlmsg_free(msg);
	if (err < 0)
		return fail(client, errno_of(err), "cannot %s: %s",
			    command_name(request->command), nl_geterror(err));
	while (!exchange.done) {
		err = receive(&exchange);
		if (err < 0)
			return err;
	}
	if (exchange.err == -ENOENT && request->command == MEMSCOPE_CMD_STATUS)
		return fail(client, -ENOENT, "the kernel module was unloaded");
	return exchange.err;
}

static int on_status(void *ctx, const struct memscope_reply *reply)
{
	return memscope_reply_status(reply, ctx);
}

int memscope_client_status(struct memscope_client *client, struct memscope_status *status)
{
	const struct request request = { .command = MEMSCOPE_CMD_STATUS, .flags = NLM_F_ACK };
	int err;

	memset(status, 0, sizeof(*status));
	err = talk(client, &request, on_status, status);
	if (!err && !status->cpus)
		return fail(client, -EPROTO, "the module did not answer with a status");
	return err;
}

int memscope_client_start(struct memscope_client *client,
			  const struct memscope_options *options, bool attached)
{
	const struct request request = {
		.command = MEMSCOPE_CMD_START, .flags = NLM_F_ACK,
		.options = options, .attached = attached,
	};

	client->ready = false;
	return talk(client, &request, NULL, NULL);
}

int memscope_client_stop(struct memscope_client *client)
{
	const struct request request = { .command = MEMSCOPE_CMD_STOP, .flags = NLM_F_ACK };

	return talk(client, &request, NULL, NULL);
}

int memscope_client_reset(struct memscope_client *client)
{
	const struct request request = { .command = MEMSCOPE_CMD_RESET, .flags = NLM_F_ACK };

	return talk(client, &request, NULL, NULL);
}

int memscope_client_config(struct memscope_client *client,
			   const struct memscope_options *options)
{
	const struct request request = {
		.command = MEMSCOPE_CMD_CONFIG, .flags = NLM_F_ACK, .options = options,
	};

	return talk(client, &request, NULL, NULL);
}

int memscope_client_dump(struct memscope_client *client, unsigned int command,
			 const uint32_t *since, memscope_reply_fn fn, void *ctx)
{
	const struct request request = {
		.command = command, .flags = NLM_F_DUMP, .since = since,
	};

	/* What comes in after this dump began is announced anew. */
	if (command == MEMSCOPE_CMD_EVENTS)
		client->ready = false;
	return talk(client, &request, fn, ctx);
}

int memscope_client_wait(struct memscope_client *client, int timeout_ms, int wake_fd)
{
	struct pollfd fds[2] = {
		{ .fd = memscope_client_fd(client), .events = POLLIN },
		{ .fd = wake_fd, .events = POLLIN },
	};
	struct exchange exchange = { .client = client, .done = true };
	int err;

	if (client->ready)
		return 1;
	if (poll(fds, 2, timeout_ms) < 0)
		return fail(client, -errno, "cannot wait for events: %s", strerror(errno));
	if (fds[0].revents) {
		err = receive(&exchange);
		if (err < 0)
			return err;
	}
	return client->ready;
}
