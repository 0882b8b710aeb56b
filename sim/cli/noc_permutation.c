/* SPDX-License-Identifier: Apache-2.0 */
/* noc_permutation.c - a file that says for each node where it sends to. */
#include "sim/cli/noc_permutation.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/mem.h"
#include "sim/base/text.h"

#define FILE_MAX  16777216u
#define MISTAKES  20u /* shown; the rest is counted */
#define NOBODY    UINT32_MAX
#define SHOWN_MAX 40

struct reader {
    const char *path;
    uint32_t nodes, n; /* n: destinations so far */
    uint32_t *to, *from;
    uint32_t mistakes;
    struct diag *d;
};

#define REFUSE(r, line, col, ...)                                                                                      \
    do {                                                                                                               \
        if ((r)->mistakes++ < MISTAKES)                                                                                \
            diag_add((r)->d, (r)->path, line, col, "", __VA_ARGS__);                                                   \
    } while (0)

static void read_word(struct reader *r, const char *word, uint32_t line, uint32_t col)
{
    uint64_t to = 0;
    uint32_t node = r->n++;
    if (node >= r->nodes) {
        if (node == r->nodes) {
            REFUSE(r, line, col, "more than the %u nodes of the network", r->nodes);
        }
    } else if (text_parse_u64(word, &to) || to >= r->nodes) {
        REFUSE(r, line, col, "%.*s is no node; there are 0 to %u", SHOWN_MAX, word, r->nodes - 1);
    } else if (r->from[to] != NOBODY) {
        REFUSE(r, line, col, "no permutation: nodes %u and %u both send to %u", r->from[to], node, (uint32_t)to);
    } else {
        r->to[node] = (uint32_t)to;
        r->from[to] = node;
    }
}

/* One line, cut in place. */
static void read_line(struct reader *r, char *text, uint32_t line)
{
    static const char blanks[] = " \t\r,";
    text[strcspn(text, "#")] = '\0';
    for (char *at = text + strspn(text, blanks); *at;) {
        char *end = at + strcspn(at, blanks);
        char *next = end + strspn(end, blanks);
        *end = '\0';
        read_word(r, at, line, (uint32_t)(at - text) + 1);
        at = next;
    }
}

int noc_permutation_read(const char *path, uint32_t nodes, uint32_t **to, struct diag *d)
{
    struct reader r = {.path = path, .nodes = nodes, .d = d};
    char *data;
    size_t bytes;
    int rc = file_read(path, FILE_MAX, &data, &bytes, d);
    if (rc) {
        return rc;
    }
    r.to = *to = mem_alloc_array(nodes, sizeof *r.to);
    r.from = mem_alloc_array(nodes, sizeof *r.from);
    memset(r.from, 0xff, nodes * sizeof *r.from);
    uint32_t line = 0;
    for (char *at = data; at < data + bytes;) {
        char *end = memchr(at, '\n', (size_t)(data + bytes - at));
        end = end ? end : data + bytes;
        *end = '\0';
        read_line(&r, at, ++line);
        at = end + 1;
    }
    if (r.n < nodes) {
        REFUSE(&r, line ? line : 1, 1, "ends after %u of %u nodes", r.n, nodes);
    }
    if (r.mistakes > MISTAKES) {
        diag_add(d, path, 0, 0, "", "and %u more mistakes", r.mistakes - MISTAKES);
    }
    free(r.from);
    free(data);
    return r.mistakes ? SIM_ERR_INPUT : SIM_OK;
}
