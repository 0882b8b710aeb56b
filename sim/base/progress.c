/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c - progress on stderr; SIGINT and SIGTERM.
 *
 * The only global state of the program: one process has one stderr and one set of signals. */
#include "sim/base/progress.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/error.h"

#define REDRAW_NS 100000000  /* a terminal line is rewritten ten times a second at most */
#define PLAIN_NS  2000000000 /* plain lines come two seconds apart at least */
#define LOOK_NS   10000000   /* the clock is looked at about this often */

static struct {
    enum progress_mode mode;
    bool drawn;
    char what[96];
    uint64_t total;
    uint64_t done;
    uint32_t since_look;
    uint32_t stride; /* updates between two looks at the clock: grows while updates are quick */
    int64_t looked_ns;
    int64_t began_ns;
    int64_t shown_ns;
} progress = {.mode = PROGRESS_NONE};

static volatile sig_atomic_t caught_signal;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void progress_init(enum progress_mode mode)
{
    progress.mode = mode == PROGRESS_AUTO && !isatty(STDERR_FILENO) ? PROGRESS_NONE : mode;
}

static void show(int64_t now)
{
    bool live = progress.mode == PROGRESS_AUTO;
    double seconds = (double)(now - progress.began_ns) / 1e9;
    fprintf(stderr, "%s%s ", live ? "\r\033[K" : "", progress.what);
    if (progress.total) {
        double share = (double)progress.done / (double)progress.total;
        fprintf(stderr, "%3.0f %% (%.1f s)", 100 * (share > 1 ? 1 : share), seconds);
    } else {
        fprintf(stderr, "%llu (%.1f s)", (unsigned long long)progress.done, seconds);
    }
    if (!live) {
        fputc('\n', stderr);
    }
    fflush(stderr);
    progress.drawn = true;
    progress.shown_ns = now;
}

void progress_begin(const char *what, uint64_t total)
{
    if (progress.mode == PROGRESS_NONE) {
        return;
    }
    snprintf(progress.what, sizeof progress.what, "%s", what);
    progress.total = total;
    progress.done = 0;
    progress.since_look = 0;
    progress.stride = 1;
    progress.drawn = false;
    progress.began_ns = progress.shown_ns = progress.looked_ns = now_ns();
}

void progress_update(uint64_t done)
{
    if (progress.mode == PROGRESS_NONE) {
        return;
    }
    progress.done = done;
    if (++progress.since_look < progress.stride) {
        return;
    }
    progress.since_look = 0;
    int64_t now = now_ns();
    if (now - progress.looked_ns < LOOK_NS && progress.stride < 1u << 20) {
        progress.stride *= 2;
    } else {
        progress.stride = progress.stride / 2 + 1;
    }
    progress.looked_ns = now;
    if (now - progress.shown_ns >= (progress.mode == PROGRESS_AUTO ? REDRAW_NS : PLAIN_NS)) {
        show(now);
    }
}

void progress_end(void)
{
    if (progress.mode == PROGRESS_AUTO && progress.drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    } else if (progress.mode == PROGRESS_PLAIN && now_ns() - progress.began_ns >= PLAIN_NS) {
        progress.done = progress.total ? progress.total : progress.done;
        show(now_ns());
    }
    progress.drawn = false;
}

static void on_signal(int signal_number)
{
    caught_signal = signal_number;
}

void interrupt_install(void)
{
    /* The handler goes after its first call: a second Ctrl-C ends the process at once. */
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int interrupt_pending(void)
{
    switch (caught_signal) {
    case SIGINT:
        return SIM_ERR_INTERRUPTED;
    case SIGTERM:
        return SIM_ERR_TERMINATED;
    default:
        return SIM_OK;
    }
}
