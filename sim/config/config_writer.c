/* SPDX-License-Identifier: Apache-2.0 */
/* config_writer.c - the effective configuration: a text that is the same whatever file it came from. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/hash.h"
#include "sim/base/json.h"
#include "sim/config/config.h"
#include "sim/config/config_reader.h"

/* A string in double quotes: what JSON escapes, YAML reads. */
static void write_string(const char *s, struct text *out)
{
    struct json j;
    json_init(&j, out);
    json_string(&j, s);
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void write_choices(const struct param *p, const struct choice_list *list, struct text *out)
{
    if (list->n == 0) {
        text_add(out, "none");
        return;
    }
    text_add(out, "[");
    for (uint32_t i = 0; i < list->n; i++) {
        text_printf(out, "%s%s", i ? ", " : "", p->choices->names[list->value[i]]);
    }
    text_add(out, "]");
}

static void write_ppb_list(const struct ppb_list *list, struct text *out)
{
    text_add(out, list->n == 1 ? "" : "[");
    for (uint32_t i = 0; i < list->n; i++) {
        text_printf(out, "%s%lld", i ? ", " : "", (long long)list->value[i]);
    }
    text_add(out, list->n == 1 ? "" : "]");
}

static void write_names(const struct name_list *list, struct text *out)
{
    text_add(out, "[");
    for (uint32_t i = 0; i < list->n; i++) {
        text_add(out, i ? ", " : "");
        write_string(list->value[i], out);
    }
    text_add(out, "]");
}

static void write_value(const struct config *c, struct param_ref ref, struct text *out)
{
    const struct param *p = ref.param;
    const void *field = param_field_const(c, ref);
    if (p->type == PARAM_choices) {
        write_choices(p, field, out);
    } else if (p->type == PARAM_ppb_list) {
        write_ppb_list(field, out);
    } else if (p->type == PARAM_names) {
        write_names(field, out);
    } else if (p->type == PARAM_string) {
        const char *s = *(char *const *)field;
        bool is_file = *(char *const *)field == c->workload.file;
        write_string(is_file ? last_name(s) : s, out);
    } else if (p->type == PARAM_choice) {
        text_add(out, p->choices->names[*(const uint32_t *)field]);
    } else if (value_may_be_auto(p) && value_get(p->type, field) == value_auto(p->type)) {
        text_add(out, "auto");
    } else {
        value_print(p->type, value_get(p->type, field), out);
    }
}

/* A list of machines, or of what is broken, that names none is as good as not there: a file without it reads the same.
 */
static bool says_nothing(const struct config *c, struct param_ref ref)
{
    const void *field = param_field_const(c, ref);
    if (ref.param->type == PARAM_names) {
        return ((const struct name_list *)field)->n == 0;
    }
    const struct choice_list *list = field;
    return ref.param->type == PARAM_choices && strcmp(ref.param->def, "none") == 0 && list->n == 0;
}

static void indent(struct text *out, uint32_t depth)
{
    text_printf(out, "%*s", (int)(2 * depth), "");
}

static uint32_t depth_of(const char *path)
{
    uint32_t depth = *path != '\0';
    for (; *path; path++) {
        depth += *path == '.';
    }
    return depth;
}

/* The maps that lead to `path` and were not open after `last`. */
static void open_maps(const char *path, const char *last, struct text *out)
{
    uint32_t depth = 0;
    bool same = true;
    while (*path) {
        size_t n = strcspn(path, ".");
        same = same && strncmp(path, last, n) == 0 && (last[n] == '.' || last[n] == '\0');
        if (!same) {
            indent(out, depth);
            text_printf(out, "%.*s:\n", (int)n, path);
        } else {
            last += n + (last[n] == '.');
        }
        path += n + (path[n] == '.');
        depth++;
    }
}

static bool is_written(const struct config *c, struct param_ref ref)
{
    if (!c->network_only) {
        return reader_used(c, NULL, ref.param) == TRUTH_YES && !says_nothing(c, ref);
    }
    const struct param_block *b = ref.block;
    return b == &config_blocks[BLOCK_top] || b == &config_blocks[BLOCK_noc] || b == &config_blocks[BLOCK_router] ||
           param_field_const(c, ref) == &c->units.rows || param_field_const(c, ref) == &c->units.cols;
}

void config_write(const struct config *c, struct text *out)
{
    const char *last = "";
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        const struct param_block *block = &config_blocks[b];
        bool open = false;
        for (uint32_t i = 0; i < block->n_params; i++) {
            struct param_ref ref = {block, &block->params[i], block->first + i};
            if (!is_written(c, ref)) {
                continue;
            }
            if (!open) {
                open_maps(block->path, last, out);
                last = block->path;
                open = true;
            }
            indent(out, depth_of(block->path));
            text_printf(out, "%s: ", ref.param->name);
            write_value(c, ref, out);
            text_add(out, "\n");
        }
    }
}

void config_hash(const struct config *c, char hex[65])
{
    struct text text = {0};
    struct sha256 *sha = sha256_new();
    config_write(c, &text);
    sha256_add(sha, text.s, text.n);
    sha256_hex(sha, hex);
    text_free(&text);
}

/* Copies the workload file beside `path`, under the name that the effective configuration gives it. */
static int save_workload_file(const struct config *c, const char *path, struct diag *d)
{
    char *data;
    size_t bytes;
    int rc = file_read(c->workload_path, SIZE_MAX / 4, &data, &bytes, d);
    if (rc) {
        return rc;
    }
    const char *name = last_name(path);
    char *beside = mem_printf("%.*s%s", (int)(name - path), path, last_name(c->workload.file));
    rc = file_write(beside, data, bytes, d);
    free(beside);
    free(data);
    return rc;
}

int config_save(const struct config *c, const char *path, struct diag *d)
{
    struct text text = {0};
    if (c->workload_path && strcmp(last_name(path), last_name(c->workload.file)) == 0) {
        diag_add(d, path, 0, 0, "", "is the name of the workload file, which is written beside it; another is needed");
        return SIM_ERR_INPUT;
    }
    config_write(c, &text);
    int rc = file_write(path, text.s, text.n, d);
    text_free(&text);
    return rc || !c->workload_path ? rc : save_workload_file(c, path, d);
}
