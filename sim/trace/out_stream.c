/* SPDX-License-Identifier: Apache-2.0 */
/* out_stream.c - a large output file. */
#include "sim/trace/out_stream.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/mem.h"

#define BUFFER_BYTES 65536u
#define GZIP_WINDOW  (15 + 16) /* largest window, gzip header and trailer */
#define GZIP_LEVEL   1         /* a waveform repeats itself so much that more effort buys little */

struct out_stream {
    struct file_out file;
    bool gzip;
    bool failed;
    z_stream z;
    size_t n;
    char buffer[BUFFER_BYTES];
    unsigned char packed[BUFFER_BYTES];
};

bool out_is_gzip(const char *path)
{
    size_t n = strlen(path);
    return n > 3 && strcmp(path + n - 3, ".gz") == 0;
}

int out_open(struct out_stream **s, const char *path, struct diag *d)
{
    struct out_stream *o = mem_alloc(sizeof *o);
    *s = NULL;
    int error = file_open(&o->file, path, d);
    if (error) {
        free(o);
        return error;
    }
    o->gzip = out_is_gzip(path);
    if (o->gzip) {
        int rc = deflateInit2(&o->z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY);
        SIM_CHECK(rc == Z_OK, "deflateInit2 returned %d", rc);
    }
    *s = o;
    return SIM_OK;
}

static void put(struct out_stream *s, const void *data, size_t n)
{
    if (n && fwrite(data, 1, n, s->file.stream) != n) {
        s->failed = true;
    }
}

static void pack(struct out_stream *s, int flush)
{
    int rc;
    s->z.next_in = (unsigned char *)s->buffer;
    s->z.avail_in = (unsigned)s->n;
    do {
        s->z.next_out = s->packed;
        s->z.avail_out = BUFFER_BYTES;
        rc = deflate(&s->z, flush);
        SIM_CHECK(rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR, "deflate returned %d", rc);
        put(s, s->packed, BUFFER_BYTES - s->z.avail_out);
    } while (s->z.avail_out == 0 || (flush == Z_FINISH && rc != Z_STREAM_END));
}

static void drain(struct out_stream *s)
{
    if (s->gzip) {
        pack(s, Z_NO_FLUSH);
    } else {
        put(s, s->buffer, s->n);
    }
    s->n = 0;
}

char *out_reserve(struct out_stream *s, size_t n)
{
    if (s->n + n > BUFFER_BYTES) {
        drain(s);
    }
    return s->buffer + s->n;
}

void out_advance(struct out_stream *s, size_t n)
{
    s->n += n;
}

void out_bytes(struct out_stream *s, const void *data, size_t n)
{
    const char *p = data;
    while (n) {
        size_t step = BUFFER_BYTES - s->n;
        step = step < n ? step : n;
        memcpy(s->buffer + s->n, p, step);
        s->n += step;
        p += step;
        n -= step;
        if (s->n == BUFFER_BYTES) {
            drain(s);
        }
    }
}

void out_text(struct out_stream *s, const char *text)
{
    out_bytes(s, text, strlen(text));
}

void out_u64(struct out_stream *s, uint64_t value)
{
    char digits[20];
    size_t i = sizeof digits;
    do {
        digits[--i] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    out_bytes(s, digits + i, sizeof digits - i);
}

void out_printf(struct out_stream *s, const char *fmt, ...)
{
    char line[1024];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    SIM_CHECK(n >= 0 && (size_t)n < sizeof line, "%d characters in one piece of output", n);
    out_bytes(s, line, (size_t)n);
}

int out_commit(struct out_stream *s, struct diag *d)
{
    if (s->gzip) {
        pack(s, Z_FINISH);
        deflateEnd(&s->z);
    } else {
        put(s, s->buffer, s->n);
    }
    int error;
    if (s->failed) {
        diag_add(d, s->file.path, 0, 0, "", "cannot be written: file system is full or gone");
        file_abort(&s->file);
        error = SIM_ERR_IO;
    } else {
        error = file_commit(&s->file, d);
    }
    free(s);
    return error;
}

void out_abort(struct out_stream *s)
{
    if (!s) {
        return;
    }
    if (s->gzip) {
        deflateEnd(&s->z);
    }
    file_abort(&s->file);
    free(s);
}
