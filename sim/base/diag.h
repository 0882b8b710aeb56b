/* SPDX-License-Identifier: Apache-2.0 */
/* diag.h - what is wrong with the user's input, all of it in one go.
 *
 *     chip.yaml:14:9: chip.noc.router.vcs: 0 is outside 1..32
 *
 * line and col are 1-based, 0 where there is none; file and key may be "" (then left out of the
 * text). Messages keep the order in which they were added. A diag owns copies of all strings. */
#ifndef SIM_BASE_DIAG_H
#define SIM_BASE_DIAG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct diag_message {
    char *file;
    char *key;
    char *text;
    uint32_t line;
    uint32_t col;
};

struct diag {
    struct diag_message *messages;
    size_t count;
    size_t capacity;
};

void diag_init(struct diag *d);
void diag_free(struct diag *d);

#if defined(__GNUC__)
__attribute__((format(printf, 6, 7)))
#endif
void diag_add(struct diag *d, const char *file, uint32_t line, uint32_t col, const char *key, const char *fmt, ...);

/* "file:line:col: key: text\n" per message. */
void diag_print(const struct diag *d, FILE *out);

#endif
