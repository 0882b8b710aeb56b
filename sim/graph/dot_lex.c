/* SPDX-License-Identifier: Apache-2.0 */
/* dot_lex.c - blanks, comments, and the four kinds of id: bare, numeral, quoted (joined by +), HTML. */
#include "sim/graph/dot_lex.h"

#include <string.h>
#include <strings.h>

#include "sim/base/error.h"

static int fault(const struct dot_lex *l, const char *text)
{
    diag_add(l->d, l->path, l->line, l->col, "", "%s", text);
    return SIM_ERR_INPUT;
}

static char peek(const struct dot_lex *l, size_t ahead)
{
    return (size_t)(l->end - l->at) > ahead ? l->at[ahead] : '\0';
}

static void step(struct dot_lex *l)
{
    if (*l->at++ == '\n') {
        l->line_number++;
        l->line_start = l->at;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80 || is_digit(c);
}

static void mark(struct dot_lex *l)
{
    l->line = l->line_number;
    l->col = (uint32_t)(l->at - l->line_start) + 1;
}

static void skip_line(struct dot_lex *l)
{
    while (l->at < l->end && *l->at != '\n') {
        step(l);
    }
}

static int skip_block(struct dot_lex *l)
{
    mark(l);
    for (l->at += 2; l->at < l->end; step(l)) {
        if (peek(l, 0) == '*' && peek(l, 1) == '/') {
            l->at += 2;
            return SIM_OK;
        }
    }
    return fault(l, "this comment does not end");
}

/* Blanks and comments; a line that begins with # is one, as from a preprocessor. */
static int skip(struct dot_lex *l)
{
    while (l->at < l->end) {
        char c = *l->at;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v') {
            step(l);
        } else if ((c == '/' && peek(l, 1) == '/') || (c == '#' && l->at == l->line_start)) {
            skip_line(l);
        } else if (c == '/' && peek(l, 1) == '*') {
            int error = skip_block(l);
            if (error != SIM_OK) {
                return error;
            }
        } else {
            break;
        }
    }
    return SIM_OK;
}

static int quoted_part(struct dot_lex *l)
{
    for (l->at++; l->at < l->end; step(l)) {
        if (*l->at == '"') {
            l->at++;
            return SIM_OK;
        }
        if (*l->at == '\\' && (peek(l, 1) == '"' || peek(l, 1) == '\\')) {
            l->at++;
        } else if (*l->at == '\\' && (peek(l, 1) == '\n' || (peek(l, 1) == '\r' && peek(l, 2) == '\n'))) {
            l->at += peek(l, 1) == '\r' ? 2 : 1; /* a line goes on */
            continue;
        }
        text_add_bytes(&l->id, l->at, 1);
    }
    return fault(l, "this quoted text does not end");
}

static int quoted(struct dot_lex *l)
{
    int error = quoted_part(l);
    l->quoted = true;
    uint32_t line = l->line, col = l->col;
    while (error == SIM_OK) {
        error = skip(l);
        if (error != SIM_OK || peek(l, 0) != '+') {
            break;
        }
        l->at++;
        error = skip(l);
        mark(l);
        error = error ? error : peek(l, 0) != '"' ? fault(l, "a quoted text is expected after +") : quoted_part(l);
    }
    if (error == SIM_OK) {
        l->line = line;
        l->col = col;
    }
    return error;
}

static int html(struct dot_lex *l)
{
    uint32_t depth = 0;
    l->quoted = true;
    for (; l->at < l->end; step(l)) {
        depth += *l->at == '<';
        depth -= *l->at == '>';
        text_add_bytes(&l->id, l->at, 1);
        if (depth == 0) {
            l->at++;
            return SIM_OK;
        }
    }
    return fault(l, "this HTML text does not end");
}

static int numeral(struct dot_lex *l)
{
    const char *begin = l->at;
    uint32_t digits = 0;
    l->at += *l->at == '-';
    for (; is_digit(peek(l, 0)); l->at++) {
        digits++;
    }
    l->at += peek(l, 0) == '.';
    for (; is_digit(peek(l, 0)); l->at++) {
        digits++;
    }
    if (digits == 0 || is_name(peek(l, 0)) || peek(l, 0) == '.') {
        return fault(l, "a number or a name is expected here; anything else goes in quotes");
    }
    text_add_bytes(&l->id, begin, (size_t)(l->at - begin));
    return SIM_OK;
}

static int id(struct dot_lex *l)
{
    char c = *l->at;
    l->kind = DOT_ID;
    l->quoted = false;
    l->id.n = 0;
    text_add(&l->id, "");
    if (c == '"') {
        return quoted(l);
    }
    if (c == '<') {
        return html(l);
    }
    if (!is_name(c) || is_digit(c)) {
        return numeral(l);
    }
    const char *begin = l->at;
    while (is_name(peek(l, 0))) {
        l->at++;
    }
    text_add_bytes(&l->id, begin, (size_t)(l->at - begin));
    return SIM_OK;
}

int dot_next(struct dot_lex *l)
{
    int error = skip(l);
    if (error != SIM_OK) {
        return error;
    }
    mark(l);
    if (l->at == l->end) {
        l->kind = DOT_END;
        return SIM_OK;
    }
    if (*l->at == '-' && (peek(l, 1) == '>' || peek(l, 1) == '-')) {
        l->kind = peek(l, 1) == '>' ? DOT_ARROW : DOT_LINE;
        l->at += 2;
        return SIM_OK;
    }
    if (*l->at != '\0' && strchr("{}[];,=:", *l->at)) {
        l->kind = DOT_PUNCTUATION;
        l->punctuation = *l->at++;
        return SIM_OK;
    }
    return id(l);
}

bool dot_is(const struct dot_lex *l, char punctuation)
{
    return l->kind == DOT_PUNCTUATION && l->punctuation == punctuation;
}

bool dot_keyword(const struct dot_lex *l, const char *word)
{
    return l->kind == DOT_ID && !l->quoted && strcasecmp(l->id.s, word) == 0;
}

int dot_expected(const struct dot_lex *l, const char *what)
{
    diag_add(l->d, l->path, l->line, l->col, "", "%s%s is expected here", l->kind == DOT_END ? "the file ends; " : "",
             what);
    return SIM_ERR_INPUT;
}
