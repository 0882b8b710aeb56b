/* SPDX-License-Identifier: Apache-2.0 */
/* in_stream.c - lines of a text file, plain or gzip. */
#include "sim/trace/in_stream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

#define BUFFER_BYTES 65536u
#define SMALL_FILE   65536u /* what any file may unpack to */

struct in_stream {
    char *path;
    gzFile file;
    struct diag *d;
    uint64_t left; /* bytes that it may still give */
    uint32_t line;
    bool failed, ended;
    size_t at, n;
    char buffer[BUFFER_BYTES];
    char text[IN_LINE_MAX + 1];
};

int in_open(struct in_stream **s, const char *path, struct diag *d)
{
    struct stat st;
    *s = NULL;
    bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode); /* opens, and fails at the first read */
    errno = 0;
    gzFile file = folder ? NULL : gzopen(path, "rb");
    if (!file) {
        int error = folder ? EISDIR : errno ? errno : ENOMEM; /* zlib sets none where it lacks memory */
        diag_add(d, path, 0, 0, "", "cannot be read: %s", strerror(error));
        return SIM_ERR_INPUT;
    }
    struct in_stream *x = mem_alloc(sizeof *x);
    x->path = mem_strdup(path);
    x->file = file;
    x->d = d;
    x->left = (uint64_t)st.st_size * IN_RATIO + SMALL_FILE;
    *s = x;
    return SIM_OK;
}

void in_close(struct in_stream *s)
{
    if (s) {
        gzclose(s->file);
        free(s->path);
        free(s);
    }
}

bool in_failed(const struct in_stream *s)
{
    return s->failed;
}

int in_refuse(struct in_stream *s, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (!s->failed) {
        diag_add(s->d, s->path, s->line ? s->line : 1, 1, "", "%s", text);
    }
    s->failed = true;
    return SIM_ERR_INPUT;
}

/* Makes at least one byte available; false at the end or on an error. */
static bool fill(struct in_stream *s)
{
    if (s->at < s->n) {
        return true;
    }
    if (s->failed || s->ended) {
        return false;
    }
    int n = gzread(s->file, s->buffer, BUFFER_BYTES);
    int error = Z_OK;
    const char *text = gzerror(s->file, &error);
    if (n < 0 || (error != Z_OK && error != Z_STREAM_END)) {
        in_refuse(s, "the file is damaged or cut off (%s)", error == Z_BUF_ERROR ? "unexpected end" : text);
        return false;
    }
    if ((uint64_t)n > s->left) {
        in_refuse(s, "unpacks to more than a file of its size may hold");
        return false;
    }
    s->left -= (uint64_t)n;
    s->at = 0;
    s->n = (size_t)n;
    s->ended = n == 0;
    return n > 0;
}

static char *whole_line(struct in_stream *s, size_t length)
{
    s->text[length] = '\0';
    if (strlen(s->text) != length) {
        in_refuse(s, "the line holds a zero byte");
        return NULL;
    }
    return s->text;
}

/* The rest of the file where no end of line comes any more: *ended says which. */
static char *read_line(struct in_stream *s, bool *ended)
{
    size_t length = 0;
    *ended = true;
    s->line++;
    while (fill(s)) {
        char *from = s->buffer + s->at;
        size_t have = s->n - s->at;
        char *end = memchr(from, '\n', have);
        size_t take = end ? (size_t)(end - from) : have;
        if (length + take > IN_LINE_MAX) {
            in_refuse(s, "the line is longer than %u bytes", IN_LINE_MAX);
            return NULL;
        }
        memcpy(s->text + length, from, take);
        length += take;
        s->at += take + (end != NULL);
        if (end) {
            return whole_line(s, length);
        }
    }
    *ended = false;
    return length && !s->failed ? whole_line(s, length) : NULL;
}

char *in_text_line(struct in_stream *s)
{
    bool ended;
    return read_line(s, &ended);
}

char *in_line(struct in_stream *s)
{
    bool ended;
    char *line = read_line(s, &ended);
    if (line && !ended) {
        in_refuse(s, "the file is cut off inside a line");
        return NULL;
    }
    return line;
}

char *in_bytes(struct in_stream *s, size_t n)
{
    char *data = NULL;
    size_t capacity = 0;
    size_t length = 0;
    while (length < n) {
        if (!fill(s)) {
            in_refuse(s, "the file is cut off: %zu of %zu bytes follow", length, n);
            free(data);
            return NULL;
        }
        size_t have = s->n - s->at;
        size_t take = have < n - length ? have : n - length;
        data = vec_grow(data, &capacity, length + take + 1, 1);
        memcpy(data + length, s->buffer + s->at, take);
        for (size_t i = 0; i < take; i++) {
            s->line += data[length + i] == '\n';
        }
        length += take;
        s->at += take;
    }
    data = vec_grow(data, &capacity, n + 1, 1);
    data[n] = '\0';
    return data;
}
