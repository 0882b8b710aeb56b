/* SPDX-License-Identifier: Apache-2.0 */
/* diag.c - a list of messages. */
#include "sim/base/diag.h"

#include <stdarg.h>
#include <stdlib.h>

#include "sim/base/mem.h"

void diag_init(struct diag *d)
{
    *d = (struct diag) {0};
}

void diag_free(struct diag *d)
{
    for (size_t i = 0; i < d->count; i++) {
        free(d->messages[i].file);
        free(d->messages[i].key);
        free(d->messages[i].text);
    }
    free(d->messages);
    diag_init(d);
}

static char *format_text(const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0) {
        return mem_strdup(fmt);
    }
    char *s = mem_alloc((size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, args);
    return s;
}

void diag_add(struct diag *d, const char *file, uint32_t line, uint32_t col, const char *key, const char *fmt, ...)
{
    d->messages = vec_grow(d->messages, &d->capacity, d->count + 1, sizeof *d->messages);
    struct diag_message *m = &d->messages[d->count++];
    va_list args;
    va_start(args, fmt);
    *m = (struct diag_message) {
        .file = mem_strdup(file ? file : ""),
        .key = mem_strdup(key ? key : ""),
        .text = format_text(fmt, args),
        .line = line,
        .col = col,
    };
    va_end(args);
}

void diag_print(const struct diag *d, FILE *out)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct diag_message *m = &d->messages[i];
        if (m->file[0]) {
            fputs(m->file, out);
            if (m->line) {
                fprintf(out, ":%u:%u", (unsigned)m->line, (unsigned)m->col);
            }
            fputs(": ", out);
        }
        if (m->key[0]) {
            fprintf(out, "%s: ", m->key);
        }
        fprintf(out, "%s\n", m->text);
    }
}
