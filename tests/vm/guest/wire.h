/* SPDX-License-Identifier: GPL-2.0 */
/*
 * memscope.ko's netlink messages, spoken without any library, so that tests of
 * the module share no code with the tool and build for any guest.
 *
 * One request at a time on a blocking socket. Requests answer 0 or -errno, and
 * leave the module's sentence in wire->sentence.
 */
#ifndef WIRE_H
#define WIRE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "../../../kmod/uapi/memscope.h"

#define WIRE_ATTRS	(MEMSCOPE_A_MAX + 1)

struct wire {
	int fd;
	uint16_t family;
	uint32_t seq;
	char sentence[256];
	char *buffer;
	size_t size;
};

/* A request being put together. */
struct wire_request {
	union {
		struct nlmsghdr header;
		char bytes[4096];
	};
};

/* Attributes by number; NULL where there is none. */
typedef void (*wire_fn)(void *ctx, struct nlattr *const *attr);

static inline void *wire_data(const struct nlattr *attr)
{
	return (char *)attr + NLA_HDRLEN;
}

static inline size_t wire_length(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

static inline uint32_t wire_u32(const struct nlattr *attr)
{
	uint32_t value = 0;

	if (attr)
		memcpy(&value, wire_data(attr), sizeof(value));
	return value;
}

static inline uint64_t wire_u64(const struct nlattr *attr)
{
	uint64_t value = 0;

	if (attr)
		memcpy(&value, wire_data(attr), sizeof(value));
	return value;
}

static inline void wire_begin(struct wire_request *request, uint16_t family, uint8_t command,
			      uint8_t version, uint16_t flags)
{
	struct genlmsghdr *genl = (void *)(request->bytes + NLMSG_HDRLEN);

	memset(request->bytes, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	request->header.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	request->header.nlmsg_type = family;
	request->header.nlmsg_flags = NLM_F_REQUEST | flags;
	genl->cmd = command;
	genl->version = version;
}

static inline void wire_put(struct wire_request *request, uint16_t type, const void *data,
			    size_t length)
{
	struct nlattr *attr = (void *)(request->bytes + request->header.nlmsg_len);

	if (request->header.nlmsg_len + NLA_HDRLEN + NLA_ALIGN(length) > sizeof(request->bytes))
		abort();
	memset(attr, 0, NLA_HDRLEN + NLA_ALIGN(length));
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + length;
	memcpy(wire_data(attr), data, length);
	request->header.nlmsg_len += NLA_HDRLEN + NLA_ALIGN(length);
}

static inline void wire_put_u32(struct wire_request *request, uint16_t type, uint32_t value)
{
	wire_put(request, type, &value, sizeof(value));
}

static inline void wire_put_string(struct wire_request *request, uint16_t type, const char *text)
{
	wire_put(request, type, text, strlen(text) + 1);
}

static inline void wire_parse(struct nlattr **attr, int max, void *data, int length)
{
	struct nlattr *at = data;

	memset(attr, 0, (max + 1) * sizeof(*attr));
	while (length >= NLA_HDRLEN && at->nla_len >= NLA_HDRLEN && at->nla_len <= length) {
		int type = at->nla_type & NLA_TYPE_MASK;

		if (type <= max)
			attr[type] = at;
		length -= NLA_ALIGN(at->nla_len);
		at = (void *)((char *)at + NLA_ALIGN(at->nla_len));
	}
}

/* An acknowledgement or the end of a dump: its error and sentence. */
static inline int wire_ack(struct wire *wire, struct nlmsghdr *header)
{
	struct nlattr *attr[NLMSGERR_ATTR_MAX + 1];
	struct nlmsgerr *error = NLMSG_DATA(header);
	size_t skip = sizeof(error->error);

	wire->sentence[0] = '\0';
	if (header->nlmsg_type == NLMSG_ERROR) {
		skip = sizeof(*error);
		if (!(header->nlmsg_flags & NLM_F_CAPPED))
			skip += error->msg.nlmsg_len - NLMSG_HDRLEN;
	}
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return error->error;
	wire_parse(attr, NLMSGERR_ATTR_MAX, (char *)error + NLMSG_ALIGN(skip),
		   header->nlmsg_len - NLMSG_HDRLEN - NLMSG_ALIGN(skip));
	if (attr[NLMSGERR_ATTR_MSG])
		snprintf(wire->sentence, sizeof(wire->sentence), "%s",
			 (char *)wire_data(attr[NLMSGERR_ATTR_MSG]));
	return error->error;
}

/* Sends, and hands every answer of this request to fn until it ends. */
static inline int wire_ask(struct wire *wire, struct wire_request *request, wire_fn fn, void *ctx)
{
	struct nlattr *attr[WIRE_ATTRS];

	request->header.nlmsg_seq = ++wire->seq;
	if (send(wire->fd, request->bytes, request->header.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		ssize_t got = recv(wire->fd, wire->buffer, wire->size, 0);
		struct nlmsghdr *header = (void *)wire->buffer;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		for (; NLMSG_OK(header, got); header = NLMSG_NEXT(header, got)) {
			if (header->nlmsg_seq != wire->seq)
				continue;	/* READY */
			if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE)
				return wire_ack(wire, header);
			wire_parse(attr, MEMSCOPE_A_MAX,
				   (char *)NLMSG_DATA(header) + GENL_HDRLEN,
				   header->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
			if (fn)
				fn(ctx, attr);
		}
	}
}

static inline void wire_family(void *ctx, struct nlattr *const *attr)
{
	if (attr[CTRL_ATTR_FAMILY_ID])
		memcpy(ctx, wire_data(attr[CTRL_ATTR_FAMILY_ID]), sizeof(uint16_t));
}

/* -ENOENT: the module is not there. */
static inline int wire_open(struct wire *wire)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	struct wire_request request;
	int one = 1, room = 4 << 20, error;

	memset(wire, 0, sizeof(*wire));
	wire->size = 256 * 1024;
	wire->buffer = malloc(wire->size);
	wire->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (!wire->buffer || wire->fd < 0 ||
	    bind(wire->fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	setsockopt(wire->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(wire->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(wire->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	wire_begin(&request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK);
	wire_put_string(&request, CTRL_ATTR_FAMILY_NAME, MEMSCOPE_GENL_NAME);
	error = wire_ask(wire, &request, wire_family, &wire->family);
	return error ? error : wire->family ? 0 : -ENOENT;
}

static inline void wire_close(struct wire *wire)
{
	close(wire->fd);
	free(wire->buffer);
}

static inline void wire_do_begin(struct wire *wire, struct wire_request *request, uint8_t command)
{
	wire_begin(request, wire->family, command, MEMSCOPE_GENL_VERSION, NLM_F_ACK);
}

/* A request without attributes */
static inline int wire_do(struct wire *wire, uint8_t command)
{
	struct wire_request request;

	wire_do_begin(wire, &request, command);
	return wire_ask(wire, &request, NULL, NULL);
}

static inline int wire_dump(struct wire *wire, uint8_t command, wire_fn fn, void *ctx)
{
	struct wire_request request;

	wire_begin(&request, wire->family, command, MEMSCOPE_GENL_VERSION, NLM_F_DUMP);
	return wire_ask(wire, &request, fn, ctx);
}

#endif /* WIRE_H */
