/* Many websockets, cheaply. Used by tests/bench/viewers.py.
 *
 *   crowd serve PORT BYTES              the limit: an epoll loop that once a second writes one frame of BYTES to everybody
 *   crowd watch PORT COUNT HOST   COUNT viewers; "ready" once all have seen a board; a line for each tick when stdin closes
 *   crowd annoy PORT COUNT HOST   COUNT who never read, flood, or send garbage, in turn; a second after being thrown out they come again
 *
 * A frame is {"type":"board","slug":"overall","title":"<nanoseconds of CLOCK_MONOTONIC when the tick began>",...
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, TICKS = 128, HEAD = 256, CONNECTING = 128, FDS = 70000, ADDRESSES = 8 };
enum kind { VIEWER, MUTE, FLOOD, GARBAGE, KINDS };

struct peer {
    int fd;                /* -1: none */
    enum kind kind;
    int upgraded, seen;    /* the handshake is over; a board has come */
    unsigned char opcode;  /* of the frame that is coming */
    size_t head_length;    /* of what is in head */
    unsigned char head[HEAD];
    size_t left;           /* of the frame that is coming, or being written */
    long long again_at;    /* when somebody thrown out comes again */
};
struct tick {
    long long began;
    int count;
    int *micros;           /* what each viewer waited */
};

static struct peer *peers;
static struct tick ticks[TICKS];
static int tick_count, epoll_fd, peer_count, ready, lost, came_again;
static char target[512];
static int target_length;

static long long now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch_fd(int fd, void *who, unsigned events, int how) {
    struct epoll_event event = {.events = events, .data.ptr = who};
    if (epoll_ctl(epoll_fd, how, fd, &event) < 0) die("epoll_ctl");
}

/* ---- the limit -------------------------------------------------------------------------------------------------------- */

static char *frame;
static size_t frame_length;

static void stamp(void) {
    char digits[32];
    snprintf(digits, sizeof digits, "%019lld", now_ns());
    memcpy(strstr(frame + 4, "title\":\"") + 8, digits, 19);
}

static void make_frame(size_t body) {
    frame_length = body + 4;
    frame = malloc(frame_length + 1);
    memset(frame, 'x', frame_length);
    frame[frame_length] = 0;
    frame[0] = (char)0x81, frame[1] = 126, frame[2] = (char)(body >> 8), frame[3] = (char)body;
    const char *start = "{\"type\":\"board\",\"slug\":\"overall\",\"title\":\"0000000000000000000\",\"";
    memcpy(frame + 4, start, strlen(start));
}

static void push(struct peer *peer) {
    ssize_t wrote = send(peer->fd, frame + frame_length - peer->left, peer->left, MSG_NOSIGNAL);
    if (wrote < 0 && errno != EAGAIN) {
        close(peer->fd);
        peer->fd = -1, peer->left = 0;
        return;
    }
    if (wrote > 0) peer->left -= (size_t)wrote;
    watch_fd(peer->fd, peer, EPOLLIN | (peer->left ? EPOLLOUT : 0), EPOLL_CTL_MOD);
}

static void serve_input(struct peer *peer) {
    char request[2048];
    ssize_t got = recv(peer->fd, request, sizeof request, 0);
    if (got <= 0) {
        close(peer->fd);
        peer->fd = -1;
    } else if (!peer->upgraded) {
        const char *yes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
        peer->upgraded = 1;
        if (send(peer->fd, yes, strlen(yes), MSG_NOSIGNAL) < 0) die("send");
        peer->left = frame_length;
        push(peer);
    }
}

static void serve(int port, size_t body) {
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct itimerspec second = {.it_interval = {1, 0}, .it_value = {1, 0}};
    struct epoll_event events[EVENTS];
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) < 0 || listen(listening, 2048) < 0) die("listen");
    timerfd_settime(timer, 0, &second, NULL);
    make_frame(body);
    watch_fd(listening, &listening, EPOLLIN, EPOLL_CTL_ADD);
    watch_fd(timer, &timer, EPOLLIN, EPOLL_CTL_ADD);
    for (;;) {
        int count = epoll_wait(epoll_fd, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            struct peer *peer = events[i].data.ptr;
            if ((void *)peer == &listening) {
                int fd;
                while ((fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    peers[peer_count] = (struct peer){.fd = fd};
                    watch_fd(fd, &peers[peer_count++], EPOLLIN, EPOLL_CTL_ADD);
                }
            } else if ((void *)peer == &timer) {
                unsigned long long times;
                if (read(timer, &times, sizeof times) < 0) continue;
                stamp();
                for (int n = 0; n < peer_count; n++)
                    if (peers[n].fd >= 0 && peers[n].upgraded && !peers[n].left) peers[n].left = frame_length, push(&peers[n]);
            } else {
                if (events[i].events & EPOLLIN) serve_input(peer);
                if (peer->fd >= 0 && peer->left) push(peer);
            }
        }
    }
}

/* ---- clients ----------------------------------------------------------------------------------------------------------- */

static void note(long long began) {
    int n = 0;
    while (n < tick_count && ticks[n].began != began) n++;
    if (n == tick_count) {
        if (n == TICKS) return;
        ticks[tick_count++] = (struct tick){began, 0, calloc((size_t)peer_count, sizeof(int))};
    }
    if (ticks[n].count < peer_count) ticks[n].micros[ticks[n].count++] = (int)((now_ns() - began) / 1000);
}

/* The frame in head is whole: which tick was it? */
static void frame_came(struct peer *peer) {
    if (peer->opcode == 0x89) { /* a ping: give its words back, under a mask of zeros */
        unsigned char pong[6 + 125] = {0x8a, (unsigned char)(0x80 | peer->head_length)};
        memcpy(pong + 6, peer->head, peer->head_length);
        if (send(peer->fd, pong, 6 + peer->head_length, MSG_NOSIGNAL) < 0) lost++;
        peer->head_length = 0;
        return;
    }
    if (!peer->seen) peer->seen = 1, ready++;
    peer->head[peer->head_length < HEAD ? peer->head_length : HEAD - 1] = 0;
    char *title = strstr((char *)peer->head, "\"title\":\"");
    if (title && title[9] >= '0' && title[9] <= '9') note(atoll(title + 9));
    peer->head_length = 0;
}

/* Take bytes of the stream apart: handshake, then frames of a server (unmasked). */
static void take(struct peer *peer, unsigned char *bytes, size_t count) {
    while (count) {
        if (!peer->upgraded) {
            unsigned char *end = memmem(bytes, count, "\r\n\r\n", 4);
            if (!end || memcmp(bytes, "HTTP/1.1 101", 12)) {
                fprintf(stderr, "no websocket: %.*s\n", (int)(count < 80 ? count : 80), bytes);
                exit(1);
            }
            peer->upgraded = 1, peer->head_length = 0, peer->left = 0;
            count -= (size_t)(end + 4 - bytes), bytes = end + 4;
            continue;
        }
        if (peer->left) {
            size_t eaten = count < peer->left ? count : peer->left, kept = HEAD - 1 - peer->head_length;
            if (kept > eaten) kept = eaten;
            memcpy(peer->head + peer->head_length, bytes, kept);
            peer->head_length += kept, peer->left -= eaten, count -= eaten, bytes += eaten;
            if (!peer->left) frame_came(peer);
            continue;
        }
        peer->head[peer->head_length++] = *bytes++, count--;
        unsigned length = peer->head_length > 1 ? peer->head[1] : 0;
        if (length == 126 && peer->head_length == 4) peer->left = (size_t)peer->head[2] << 8 | peer->head[3];
        else if (length == 127 && peer->head_length == 10) peer->left = (size_t)peer->head[7] << 16 | (size_t)peer->head[8] << 8 | peer->head[9];
        else if (length < 126 && peer->head_length == 2) peer->left = length;
        else continue;
        peer->opcode = peer->head[0], peer->head_length = 0;
        if (!peer->left) frame_came(peer);
    }
}

static void call(int port, struct peer *peer, int number) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (unsigned)(number % ADDRESSES))};
    int on = 1, small = 4096;
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (peer->fd < 0) die("socket");
    setsockopt(peer->fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (peer->kind == MUTE) setsockopt(peer->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (bind(peer->fd, (struct sockaddr *)&here, sizeof here) < 0) die("bind");
    if (connect(peer->fd, (struct sockaddr *)&there, sizeof there) < 0 && errno != EINPROGRESS) die("connect");
    peer->upgraded = peer->seen = 0, peer->head_length = peer->left = 0;
    watch_fd(peer->fd, peer, EPOLLOUT, EPOLL_CTL_ADD);
}

/* What somebody says whenever there is room: 1,000 empty-handed frames, or noise. */
static int say(struct peer *peer) {
    static unsigned char words[7000];
    if (peer->kind == FLOOD)
        for (int n = 0; n < 1000; n++) memcpy(words + 7 * n, "\x81\x81\0\0\0\0x", 7);
    else
        for (size_t n = 0; n < sizeof words; n++) words[n] = (unsigned char)rand();
    return send(peer->fd, words, sizeof words, MSG_NOSIGNAL) >= 0 || errno == EAGAIN;
}

static void client_event(struct peer *peer, unsigned events, int *calling) {
    static unsigned char bytes[1 << 18];
    if ((events & EPOLLOUT) && !peer->upgraded) {
        if (send(peer->fd, target, (size_t)target_length, MSG_NOSIGNAL) == target_length)
            watch_fd(peer->fd, peer, EPOLLIN, EPOLL_CTL_MOD);
    }
    int gone = events & (EPOLLERR | EPOLLHUP) ? 1 : 0;
    if (events & EPOLLIN && (peer->kind != MUTE || !peer->upgraded)) {
        ssize_t got = recv(peer->fd, bytes, peer->kind == MUTE ? 512 : sizeof bytes, 0);
        int was = peer->upgraded;
        if (got <= 0) gone = 1;
        else take(peer, bytes, (size_t)got);
        if (!was && peer->upgraded) {
            (*calling)--;
            unsigned wanted = peer->kind == MUTE ? 0 : peer->kind == VIEWER ? EPOLLIN : EPOLLIN | EPOLLOUT;
            watch_fd(peer->fd, peer, wanted, EPOLL_CTL_MOD);
        }
    }
    if (!gone && (events & EPOLLOUT) && peer->upgraded && !say(peer)) gone = 1;
    if (!gone) return;
    if (!peer->upgraded) (*calling)--;
    close(peer->fd);
    peer->fd = -1;
    if (peer->kind == VIEWER) lost++;
    else peer->again_at = now_ns() + 1000000000LL;
}

static int by_size(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static void report(void) {
    for (int n = 0; n < tick_count; n++) {
        struct tick *tick = &ticks[n];
        qsort(tick->micros, (size_t)tick->count, sizeof(int), by_size);
        int p50 = tick->micros[tick->count / 2], p99 = tick->micros[tick->count * 99 / 100], last = tick->micros[tick->count - 1];
        printf("tick %lld %d %d %d %d\n", tick->began, tick->count, p50, p99, last);
    }
    printf("lost %d %d\n", lost, came_again);
}

static void visit(int port, int count, int annoying) {
    struct epoll_event events[EVENTS];
    int called = 0, calling = 0, told = 0;
    peer_count = count;
    fcntl(0, F_SETFL, O_NONBLOCK);
    watch_fd(0, NULL, EPOLLIN, EPOLL_CTL_ADD);
    for (;;) {
        for (; called < count && calling < CONNECTING; called++, calling++) {
            peers[called].kind = annoying ? MUTE + called % (KINDS - 1) : VIEWER;
            call(port, &peers[called], called);
        }
        for (int n = 0; annoying && n < called; n++)
            if (peers[n].fd < 0 && peers[n].again_at < now_ns()) calling++, call(port, &peers[n], ++came_again);
        int many = epoll_wait(epoll_fd, events, EVENTS, 100);
        for (int i = 0; i < many; i++) {
            if (!events[i].data.ptr) {
                report();
                return;
            }
            client_event(events[i].data.ptr, events[i].events, &calling);
        }
        if (!told && (annoying ? called == count : ready == count)) told = 1, puts("ready"), fflush(stdout);
    }
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    epoll_fd = epoll_create1(0);
    peers = calloc(FDS, sizeof *peers);
    int port = atoi(argv[2]);
    if (!strcmp(argv[1], "serve")) serve(port, (size_t)atol(argv[3]));
    target_length = snprintf(target, sizeof target,
                             "GET /ws/boards/overall HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                             argv[4], argv[4]);
    visit(port, atoi(argv[3]), !strcmp(argv[1], "annoy"));
    return 0;
}
