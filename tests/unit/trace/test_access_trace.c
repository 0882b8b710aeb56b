/* SPDX-License-Identifier: Apache-2.0 */
/* test_access_trace.c - lines of memory accesses: what they mean, and that no text breaks the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/trace/access_trace.h"

#define REQUESTERS 4u

struct read {
    struct access_trace t;
    struct diag d;
    int rc;
};

static struct read read_bytes(const char *bytes, size_t n, bool packed)
{
    struct read r = {0};
    char path[] = "/tmp/access_trace.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    if (packed) {
        gzFile f = gzdopen(fd, "wb");
        assert_int_equal(gzwrite(f, bytes, (unsigned)n), (int)n);
        gzclose(f);
    } else {
        assert_int_equal(write(fd, bytes, n), (ssize_t)n);
        close(fd);
    }
    diag_init(&r.d);
    r.rc = access_trace_read(&r.t, path, REQUESTERS, &r.d);
    unlink(path);
    return r;
}

static void done(struct read *r)
{
    access_trace_free(&r->t);
    diag_free(&r->d);
}

static const char good[] = "# a comment\n\n- u0 r 1a40\n  17 3 w 0x80 128 # another\n\t17\t3 r 0 1\r\n";

static void check_good(const struct read *r)
{
    assert_int_equal(r->rc, 0);
    assert_int_equal(r->t.n_accesses, 3);
    const struct memory_access *a = r->t.accesses;
    assert_true(a[0].dependent && !a[0].write && a[0].requester == 0 && a[0].address == 0x1a40 && a[0].size == 4);
    assert_true(!a[1].dependent && a[1].write && a[1].requester == 3 && a[1].address == 0x80 && a[1].size == 128);
    assert_true(a[1].cycle == 17 && a[1].source == 4 && a[2].source == 5 && a[2].size == 1);
}

static void a_line_is_cycle_requester_kind_address_size(void **state)
{
    (void)state;
    for (int packed = 0; packed < 2; packed++) {
        struct read r = read_bytes(good, strlen(good), packed);
        check_good(&r);
        done(&r);
    }
}

static void refused(const char *line, uint32_t col)
{
    struct read r = read_bytes(line, strlen(line), false);
    assert_int_equal(r.rc, SIM_ERR_INPUT);
    assert_int_equal(r.d.count, 1);
    assert_int_equal(r.d.messages[0].line, 1);
    assert_int_equal(r.d.messages[0].col, col);
    done(&r);
}

static void each_wrong_field_is_named_by_its_column(void **state)
{
    (void)state;
    refused("-1 0 r 0\n", 1);
    refused("4294967296 0 r 0\n", 1);
    refused("1.5 0 r 0\n", 1);
    refused("- u4 r 0\n", 3);
    refused("- u r 0\n", 3);
    refused("- v1 r 0\n", 3);
    refused("- 0 R 0\n", 5);
    refused("- 0 rw 0\n", 5);
    refused("- 0 r 0x\n", 7);
    refused("- 0 r -1\n", 7);
    refused("- 0 r g\n", 7);
    refused("- 0 r 11111111111111111\n", 7);
    refused("- 0 r 100000000\n", 7);
    refused("- 0 r ffffffff 2\n", 7);
    refused("- 0 r 0 0\n", 9);
    refused("- 0 r 0 4097\n", 9);
    refused("- 0 r 0 4 4\n", 11);
    refused("- 0 r\n", 5);
}

static void the_last_line_needs_no_end(void **state)
{
    (void)state;
    for (int packed = 0; packed < 2; packed++) {
        struct read r = read_bytes(good, strlen(good) - 2, packed);
        check_good(&r);
        done(&r);
    }
    refused("- 0 r", 5);
}

/* Wherever it is cut, also behind a line of what it holds. */
static void a_packed_file_that_is_cut_off_is_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/access_trace.XXXXXX", bytes[256], place[32];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    gzFile f = gzdopen(dup(fd), "wb");
    assert_int_equal(gzwrite(f, good, (unsigned)strlen(good)), (int)strlen(good));
    gzclose(f);
    ssize_t n = pread(fd, bytes, sizeof bytes, 0);
    assert_true(n > 20 && n < (ssize_t)sizeof bytes);
    for (ssize_t cut = n - 1; cut > 10; cut--) {
        struct read r = {0};
        assert_int_equal(ftruncate(fd, cut), 0);
        diag_init(&r.d);
        r.rc = access_trace_read(&r.t, path, REQUESTERS, &r.d);
        snprintf(place, sizeof place, "%d bytes of %d", (int)cut, (int)n);
        if (r.rc != SIM_ERR_INPUT)
            fail_msg("%s are not refused", place);
        done(&r);
    }
    close(fd);
    unlink(path);
}

static void cycles_of_one_requester_do_not_go_back(void **state)
{
    (void)state;
    const char *back = "9 0 r 0\n8 1 r 0\n- 0 r 0\n8 0 r 0\n";
    struct read r = read_bytes(back, strlen(back), false);
    assert_int_equal(r.rc, SIM_ERR_INPUT);
    assert_int_equal(r.d.count, 1);
    assert_int_equal(r.d.messages[0].line, 4);
    done(&r);
}

/* A text with some of its bytes changed, left out or said twice. */
static size_t spoil(struct rng *rng, char *out, const char *in, size_t n)
{
    static const char bytes[] = "-0123456789abcfrwux #\n\t\r.+\x80\xff";
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t what = rng_below(rng, 40);
        if (what == 0)
            continue;
        out[k++] = what == 1 ? bytes[rng_below(rng, sizeof bytes)] : in[i];
        if (what == 2)
            out[k++] = in[i];
    }
    return k;
}

static void spoilt_text_is_refused_with_its_place_or_means_something_legal(void **state)
{
    (void)state;
    struct rng rng;
    uint32_t refusals = 0;
    rng_init(&rng, 1, "access_trace");
    for (uint32_t round = 0; round < 3000; round++) {
        char text[2 * sizeof good];
        size_t n = spoil(&rng, text, good, sizeof good - 1);
        struct read r = read_bytes(text, n, false);
        refusals += r.rc != 0;
        assert_true((r.rc == 0) == (r.d.count == 0));
        for (size_t i = 0; i < r.d.count; i++)
            assert_true(strcmp(r.d.messages[i].text, "holds no access") == 0 ||
                        (r.d.messages[i].line >= 1 && r.d.messages[i].col >= 1));
        for (size_t i = 0; r.rc == 0 && i < r.t.n_accesses; i++) {
            const struct memory_access *a = &r.t.accesses[i];
            assert_true(a->requester < REQUESTERS && a->size >= 1 && a->size <= ACCESS_SIZE);
            assert_true((uint64_t)a->address + a->size <= ACCESS_MEMORY && a->cycle < ACCESS_CYCLES);
        }
        done(&r);
    }
    assert_in_range(refusals, 1000, 2999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_cycle_requester_kind_address_size),
        cmocka_unit_test(each_wrong_field_is_named_by_its_column),
        cmocka_unit_test(the_last_line_needs_no_end),
        cmocka_unit_test(a_packed_file_that_is_cut_off_is_refused),
        cmocka_unit_test(cycles_of_one_requester_do_not_go_back),
        cmocka_unit_test(spoilt_text_is_refused_with_its_place_or_means_something_legal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
