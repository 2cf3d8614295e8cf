// SPDX-License-Identifier: GPL-2.0
/*
 * Loopback work for the demo: CLIENTS processes each open CONNECTIONS TCP connections,
 * one after the other, to a server that forks for each, and exchange MESSAGES on it;
 * then as many pairs of Unix sockets pass datagrams.
 *
 *	network CLIENTS CONNECTIONS MESSAGES
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 1500 };

static void transfer(int fd, int messages, int first)
{
	char message[MESSAGE_BYTES] = { 0 };

	for (int i = 0; i < messages * 2; i++) {
		ssize_t bytes;

		if (i % 2 == first)
			bytes = send(fd, message, sizeof(message), MSG_NOSIGNAL);
		else
			bytes = recv(fd, message, sizeof(message), MSG_WAITALL);
		if (bytes != sizeof(message))
			errx(1, "message of %zd bytes", bytes);
	}
}

static void serve(int listener, int connections, int messages)
{
	for (int i = 0; i < connections; i++) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			err(1, "accept");
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			transfer(fd, messages, 1);
			_exit(0);
		}
		close(fd);
	}
}

static void connect_often(const struct sockaddr_in *to, int connections, int messages)
{
	for (int i = 0; i < connections; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)))
			err(1, "connect");
		transfer(fd, messages, 0);
		close(fd);
	}
}

static void pass_datagrams(int pairs, int messages)
{
	for (int i = 0; i < pairs; i++) {
		int fds[2];

		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
			err(1, "socketpair");
		for (int j = 0; j < messages; j++) {
			char message[256] = { 0 };

			if (send(fds[0], message, sizeof(message), 0) < 0 ||
			    recv(fds[1], message, sizeof(message), 0) < 0)
				err(1, "datagram");
		}
		close(fds[0]);
		close(fds[1]);
	}
}

/* Collect every child; fails if one failed. */
static int wait_all(void)
{
	int status, failed = 0;

	while (wait(&status) > 0)
		failed |= status != 0;
	return failed;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int clients, connections, messages, listener;

	if (argc != 4)
		errx(2, "usage: network CLIENTS CONNECTIONS MESSAGES");
	clients = atoi(argv[1]);
	connections = atoi(argv[2]);
	messages = atoi(argv[3]);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 64) || getsockname(listener, (struct sockaddr *)&address, &length))
		err(1, "listen");

	for (int i = 0; i < clients; i++) {
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			connect_often(&address, connections, messages);
			_exit(0);
		}
	}
	serve(listener, clients * connections, messages);
	pass_datagrams(connections, messages);
	return wait_all();
}
