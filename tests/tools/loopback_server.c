/* SPDX-License-Identifier: Apache-2.0 */
/* loopback_server FOLDER | --silent: a web server on the loopback address for one test. It prints its port, answers GET with
 * the files of a folder (or, silent, never), and ends after a minute or when it is killed. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool send_all(int client, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = write(client, data, size);
        if (sent <= 0) return false;
        data += sent;
        size -= (size_t)sent;
    }
    return true;
}

static void send_file(int client, FILE *file)
{
    static const char head[] = "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n";
    char block[65536];
    bool going = send_all(client, head, sizeof head - 1);
    for (size_t size; going && (size = fread(block, 1, sizeof block, file)) > 0;) {
        going = send_all(client, block, size);
    }
}

static void answer(int client, const char *folder)
{
    static const char missing[] = "HTTP/1.0 404 Not Found\r\nConnection: close\r\n\r\n";
    char request[4096] = "", name[256] = "", path[4096];
    size_t size = 0;
    while (size < sizeof request - 1 && strstr(request, "\r\n\r\n") == NULL) {
        ssize_t got = read(client, request + size, sizeof request - 1 - size);
        if (got <= 0) return;
        size += (size_t)got;
        request[size] = '\0';
    }
    if (sscanf(request, "GET /%255[A-Za-z0-9._-] HTTP/", name) == 1) {
        snprintf(path, sizeof path, "%s/%s", folder, name);
        FILE *file = fopen(path, "rb");
        if (file != NULL) {
            send_file(client, file);
            fclose(file);
            return;
        }
    }
    send_all(client, missing, sizeof missing - 1);
}

static int listen_on_loopback(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (server < 0 || bind(server, (struct sockaddr *)&address, length) != 0 || listen(server, 16) != 0 ||
        getsockname(server, (struct sockaddr *)&address, &length) != 0) {
        perror("loopback_server");
        exit(1);
    }
    printf("%d\n", (int)ntohs(address.sin_port));
    fflush(stdout);
    return server;
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    bool silent = strcmp(argv[1], "--silent") == 0;
    signal(SIGPIPE, SIG_IGN);
    alarm(60);
    int server = listen_on_loopback();
    for (;;) {
        int client = accept(server, NULL, NULL);
        if (client < 0) continue;
        if (silent) continue; /* stays open, never answered */
        answer(client, argv[1]);
        close(client);
    }
}
