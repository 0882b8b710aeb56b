/* SPDX-License-Identifier: Apache-2.0 */
/* process_pool.c - this program run again and again, a few at a time. */
#include "sim/cli/process_pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/base/progress.h"

#define POLL_MS 100

extern char **environ;

void pool_child_begin(void)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

/* Both ends are closed in other children: only dup2 of the wanted ones survives. */
static int make_pipe(int ends[2])
{
    if (pipe(ends)) {
        return -1;
    }
    for (int i = 0; i < 2; i++) {
        /* A number below 4 could be the target of another dup2. */
        int high = fcntl(ends[i], F_DUPFD_CLOEXEC, 10);
        close(ends[i]);
        ends[i] = high;
    }
    return ends[0] < 0 || ends[1] < 0 ? -1 : 0;
}

/* The environment of children: what a run has in memory it touches here and there, so glibc's heap asks for large pages
 * (docs/performance.md). Who has set the variable keeps what he said. */
static char **child_environment(void)
{
    static char large_pages[] = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1";
    size_t n = 0;
    while (environ[n]) {
        n++;
    }
    char **all = mem_alloc_array(n + 2, sizeof *all);
    memcpy(all, environ, n * sizeof *all);
    if (!getenv("GLIBC_TUNABLES")) {
        all[n] = large_pages;
    }
    return all;
}

static int spawn(struct pool_child *c, int result_end, int message_end)
{
    char **environment = child_environment();
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, message_end, 2);
    posix_spawn_file_actions_adddup2(&actions, result_end, POOL_FD);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    int error = posix_spawn(&c->pid, "/proc/self/exe", &actions, &attributes, c->argv, environment);
    free(environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static int begin(struct pool_child *c, struct diag *d)
{
    int result[2] = {-1, -1};
    int messages[2] = {-1, -1};
    int error = make_pipe(result) || make_pipe(messages) ? errno : 0;
    if (!error) {
        error = spawn(c, result[1], messages[1]);
    }
    for (int i = 0; i < 2; i++) {
        int end = i ? messages[1] : result[1];
        if (end >= 0) {
            close(end);
        }
    }
    c->pipes[0] = result[0];
    c->pipes[1] = messages[0];
    if (error) {
        close(result[0]);
        close(messages[0]);
        c->pid = 0;
        diag_add(d, "", 0, 0, c->name, "no process can be made for it: %s", strerror(error));
        return SIM_ERR_IO;
    }
    return SIM_OK;
}

/* Passes on what has arrived up to the last end of line. */
static void forward_lines(struct pool_child *c)
{
    struct text *t = &c->received[1];
    size_t from = 0;
    for (char *end; t->n > from && (end = memchr(t->s + from, '\n', t->n - from));) {
        fprintf(stderr, "%s: %.*s\n", c->name, (int)(end - t->s - (long)from), t->s + from);
        from = (size_t)(end - t->s) + 1;
    }
    if (from) {
        memmove(t->s, t->s + from, t->n - from + 1);
        t->n -= from;
    }
}

static void receive(struct pool *p, struct pool_child *c, int i)
{
    char buffer[65536];
    ssize_t n = read(c->pipes[i], buffer, sizeof buffer);
    if (n > 0) {
        text_add_bytes(&c->received[i], buffer, (size_t)n);
        if (i == 1 && p->forward) {
            forward_lines(c);
        }
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        close(c->pipes[i]);
        c->pipes[i] = -1;
    }
}

/* Both pipes are closed: the process has ended or is about to. */
static void reap(struct pool_child *c)
{
    int status = 0;
    struct rusage usage;
    pid_t pid;
    do {
        pid = wait4(c->pid, &status, 0, &usage);
    } while (pid < 0 && errno == EINTR);
    SIM_CHECK(pid == c->pid, "wait for %s: %s", c->name, strerror(errno));
    c->ended = true;
    c->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    c->cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
    c->peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
}

static bool under_way(const struct pool_child *c)
{
    return c->pid > 0 && !c->ended;
}

static size_t count_under_way(const struct pool *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        n += under_way(&p->children[i]);
    }
    return n;
}

/* Waits a moment for anything from anybody. */
static void listen_once(struct pool *p)
{
    struct pollfd *fds = mem_alloc_array(2 * p->n, sizeof *fds);
    for (size_t i = 0; i < 2 * p->n; i++) {
        const struct pool_child *c = &p->children[i / 2];
        fds[i] = (struct pollfd) {.fd = under_way(c) ? c->pipes[i % 2] : -1, .events = POLLIN};
    }
    if (poll(fds, 2 * p->n, POLL_MS) > 0) {
        for (size_t i = 0; i < 2 * p->n; i++) {
            if (fds[i].fd >= 0 && fds[i].revents) {
                receive(p, &p->children[i / 2], (int)(i % 2));
            }
        }
    }
    free(fds);
}

static size_t reap_ended(struct pool *p)
{
    size_t ended = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct pool_child *c = &p->children[i];
        if (under_way(c) && c->pipes[0] < 0 && c->pipes[1] < 0) {
            reap(c);
        }
        ended += c->ended;
    }
    return ended;
}

static void tell(const struct pool *p, int signal_number)
{
    for (size_t i = 0; i < p->n; i++) {
        if (under_way(&p->children[i])) {
            kill(p->children[i].pid, signal_number);
        }
    }
}

int pool_run(struct pool *p, struct diag *d)
{
    size_t next = 0;
    int stopped = SIM_OK;
    while (next < p->n || count_under_way(p)) {
        int pending = stopped ? SIM_OK : interrupt_pending();
        if (pending) {
            stopped = pending;
            tell(p, pending == SIM_ERR_TERMINATED ? SIGTERM : SIGINT);
        }
        if (stopped) {
            next = p->n;
        }
        while (next < p->n && count_under_way(p) < p->jobs && !stopped) {
            stopped = begin(&p->children[next++], d);
        }
        listen_once(p);
        size_t ended = reap_ended(p);
        if (p->on_end) {
            p->on_end(p->self, ended);
        }
    }
    return stopped;
}
