/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - a configuration from its file; files that it names. */
#include "sim/config/config.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/hash.h"
#include "sim/config/config_reader.h"
#include "sim/config/config_tree.h"

#define WORKLOAD_FILE_MAX 67108864u

/* ---- order of messages ---- */

/* Position of a file among those opened; what is in no file (--set) comes last. */
static uint32_t file_rank(const struct tree_loader *l, const char *file)
{
    uint32_t i = 0;
    while (i < l->n_files && strcmp(l->files[i], file) != 0) {
        i++;
    }
    return i;
}

static bool comes_before(const struct tree_loader *l, const struct diag_message *a, const struct diag_message *b)
{
    uint32_t rank_a = file_rank(l, a->file);
    uint32_t rank_b = file_rank(l, b->file);
    if (rank_a != rank_b) {
        return rank_a < rank_b;
    }
    return a->line != b->line ? a->line < b->line : a->col < b->col;
}

/* Stable, by merging: messages about one place keep their order. `from` .. are the messages added here. */
static void sort_messages(const struct tree_loader *l, struct diag_message *m, size_t n, struct diag_message *spare)
{
    if (n < 2) {
        return;
    }
    size_t half = n / 2;
    sort_messages(l, m, half, spare);
    sort_messages(l, m + half, n - half, spare);
    memcpy(spare, m, half * sizeof *m);
    size_t i = 0;
    size_t j = half;
    for (size_t k = 0; i < half; k++) {
        m[k] = j < n && comes_before(l, &m[j], &spare[i]) ? m[j++] : spare[i++];
    }
}

/* ---- files ---- */

static bool is_sha256(const char *s)
{
    return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

int reader_files(struct reader *r)
{
    struct config *c = r->config;
    char *data;
    size_t bytes;
    char hex[65];
    if (!reader_knows(r, "workload.kind", "workload.file", NULL) || c->workload.kind != WORKLOAD_STG) {
        return SIM_OK;
    }
    const struct param_state *state = &r->state[param_find("workload.file").index];
    c->workload_path = (char *)(uintptr_t)tree_path(c->arena, state->place.file, c->workload.file);
    struct diag reading;
    diag_init(&reading);
    int rc = file_read(c->workload_path, WORKLOAD_FILE_MAX, &data, &bytes, &reading);
    if (rc) {
        reader_error(r, "workload.file", "%s %s", c->workload_path, reading.messages[0].text);
        diag_free(&reading);
        return rc;
    }
    struct sha256 *sha = sha256_new();
    sha256_add(sha, data, bytes);
    sha256_hex(sha, hex);
    free(data);
    if (!reader_knows(r, "workload.file_sha256", NULL)) {
        return SIM_OK;
    }
    const char *given = c->workload.file_sha256;
    if (*given && !is_sha256(given)) {
        reader_error(r, "workload.file_sha256", "is no SHA-256; allowed: 64 digits 0-9 a-f");
    } else if (*given && strcmp(given, hex) != 0) {
        reader_error(r, "workload.file_sha256", "%s has another content; its SHA-256 is %s", c->workload_path, hex);
    } else {
        c->workload.file_sha256 = arena_strdup(c->arena, hex);
    }
    return SIM_OK;
}

/* ---- loading ---- */

static int read_all(struct config *c, const struct node *root, enum config_use use, struct diag *d)
{
    struct reader r = {.config = c, .diag = d, .root = root, .use = use};
    r.state = mem_alloc_array(config_param_count(), sizeof *r.state);
    reader_read(&r);
    reader_complete(&r);
    reader_rules(&r);
    int rc = c->network_only ? SIM_OK : reader_files(&r);
    free(r.state);
    return rc == SIM_ERR_IO ? rc : SIM_OK;
}

static bool is_block(const char *key)
{
    for (size_t i = 0; i < BLOCK_COUNT; i++) {
        if (strcmp(config_blocks[i].path, key) == 0) {
            return true;
        }
    }
    return false;
}

void config_locate(const struct config *c, struct diag *d, size_t from)
{
    for (size_t i = from; i < d->count; i++) {
        struct diag_message *m = &d->messages[i];
        if (m->file[0] || !m->key[0] || (!is_block(m->key) && !param_find(m->key).param)) {
            continue;
        }
        const char *rest;
        struct place at = node_reach(c->root, m->key, &rest)->place;
        free(m->file);
        m->file = mem_strdup(at.file);
        m->line = at.line;
        m->col = at.col;
    }
}

/* Every entry of a map has one of these keys, or is null. */
static bool only_has(const struct node *map, const char *const *keys, size_t n)
{
    bool only = map->kind == NODE_MAP;
    for (const struct entry *e = only ? map->first : NULL; e; e = e->next) {
        bool known = e->value->kind == NODE_NULL;
        for (size_t i = 0; i < n; i++) {
            known = known || strcmp(e->key, keys[i]) == 0;
        }
        only = only && known;
    }
    return only;
}

static bool is_network_alone(const struct node *root)
{
    static const char *const top[] = {"version", "name", "chip"};
    const char *rest;
    return only_has(root, top, sizeof top / sizeof top[0]) && node_find(root, "chip") &&
           node_reach(root, "chip.units", &rest) && !*rest && node_reach(root, "chip.memory", &rest) && *rest;
}

int config_load_for(enum config_use use, const char *path, const char *const *sets, size_t n_sets, struct config *c,
                    struct diag *d)
{
    *c = (struct config) {.arena = arena_new()};
    struct tree_loader l = {.arena = c->arena, .diag = d};
    size_t before = d->count;
    struct node *root = tree_load(&l, path);
    for (size_t i = 0; i < n_sets; i++) {
        tree_set(&l, &root, sets[i]);
    }
    c->root = root;
    c->network_only = use == CONFIG_FOR_NETWORK || (use == CONFIG_FOR_EITHER && root && is_network_alone(root));
    int rc = root && !l.failed ? read_all(c, root, use, d) : SIM_OK;
    size_t n = d->count - before;
    if (n) {
        struct diag_message *spare = mem_alloc_array(n, sizeof *spare);
        sort_messages(&l, d->messages + before, n, spare);
        free(spare);
    }
    return rc ? rc : n ? SIM_ERR_INPUT : SIM_OK;
}

int config_load(const char *path, const char *const *sets, size_t n_sets, struct config *c, struct diag *d)
{
    return config_load_for(CONFIG_FOR_ALL, path, sets, n_sets, c, d);
}

void config_free(struct config *c)
{
    arena_free(c->arena);
    *c = (struct config) {0};
}
