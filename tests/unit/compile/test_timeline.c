/* SPDX-License-Identifier: Apache-2.0 */
/* test_timeline.c - busy intervals: search, insertion, merging; the event heap. */
#include "compile_fixture.h"

#include "sim/base/event_heap.h"
#include "sim/base/hash.h"
#include "sim/compile/timeline.h"

static void a_free_resource_is_free_at_once(void **state)
{
    (void)state;
    struct timeline t = {0};
    assert_int_equal(timeline_find(&t, 7, 100), 7);
    assert_true(timeline_is_free(&t, 0, 1000));
    timeline_free(&t);
}

static void a_search_takes_the_first_gap_that_is_long_enough(void **state)
{
    (void)state;
    struct timeline t = {0};
    timeline_take(&t, 10, 20);
    timeline_take(&t, 31, 40);
    assert_int_equal(timeline_find(&t, 0, 10), 0);
    assert_int_equal(timeline_find(&t, 0, 11), 20);
    assert_int_equal(timeline_find(&t, 12, 5), 20);
    assert_int_equal(timeline_find(&t, 12, 12), 40);
    assert_int_equal(timeline_find(&t, 21, 10), 21);
    assert_int_equal(timeline_find(&t, 22, 10), 40);
    assert_int_equal(timeline_find(&t, 40, 1), 40);
    timeline_free(&t);
}

static void intervals_that_touch_become_one(void **state)
{
    (void)state;
    struct timeline t = {0};
    timeline_take(&t, 10, 20);
    timeline_take(&t, 30, 40);
    assert_int_equal(t.n_spans, 2);
    timeline_take(&t, 20, 30);
    assert_int_equal(t.n_spans, 1);
    assert_int_equal(t.spans[0].from, 10);
    assert_int_equal(t.spans[0].to, 40);
    timeline_free(&t);
}

/* First time >= from at which `length` units are free. */
static uint64_t first_free(const bool *busy, uint64_t from, uint64_t length)
{
    for (uint64_t k = 0; k < length; k++) {
        if (busy[from + k]) {
            from += k + 1;
            k = UINT64_MAX;
        }
    }
    return from;
}

/* Against one bit per unit of time. */
static void random_bookings_agree_with_a_bit_per_cycle(void **state)
{
    (void)state;
    struct timeline t = {0};
    bool busy[4096] = {false};
    uint64_t seed = 5;
    for (int i = 0; i < 300; i++) {
        seed = mix64(seed, 1);
        uint64_t from = seed % 3000, length = 1 + seed / 3000 % 9, want = first_free(busy, from, length);
        assert_int_equal(timeline_find(&t, from, length), want);
        assert_true(timeline_is_free(&t, want, want + length));
        timeline_take(&t, want, want + length);
        assert_false(timeline_is_free(&t, want, want + 1));
        for (uint64_t k = 0; k < length; k++) {
            busy[want + k] = true;
        }
    }
    timeline_free(&t);
}

/* The gap that is remembered is not the one that is booked; bookings in it begin, end and fill it. */
static void bookings_elsewhere_than_in_the_gap_found_last_agree_with_a_bit_per_cycle(void **state)
{
    (void)state;
    struct timeline t = {0};
    bool busy[8192] = {false};
    uint64_t seed = 11;
    for (int i = 0; i < 600; i++) {
        for (uint64_t searches = mix64(seed, 3) % 4; searches > 0; searches--) {
            seed = mix64(seed, 1);
            uint64_t from = seed % 3000, length = 1 + seed / 3000 % 9;
            assert_int_equal(timeline_find(&t, from, length), first_free(busy, from, length));
        }
        seed = mix64(seed, 2);
        uint64_t length = 1 + seed / 3000 % 6, from = first_free(busy, seed % 3000, length);
        assert_true(timeline_is_free(&t, from, from + length));
        timeline_take(&t, from, from + length);
        memset(&busy[from], true, length);
    }
    uint64_t spans = 0;
    for (size_t k = 0; k + 1 < sizeof busy; k++) {
        spans += !busy[k] && busy[k + 1];
    }
    assert_int_equal(t.n_spans, spans + busy[0]);
    timeline_free(&t);
}

static void an_item_taken_out_of_the_middle_leaves_a_heap(void **state)
{
    (void)state;
    for (size_t out = 0; out < 40; out++) {
        struct event_heap h = {0};
        uint64_t seed = out, sum = 0, last = 0;
        for (int i = 0; i < 40; i++) {
            seed = mix64(seed, 4);
            heap_push(&h, seed % 100, 0);
            sum += seed % 100;
        }
        sum -= h.items[out].time;
        heap_remove(&h, out);
        assert_int_equal(h.n_items, 39);
        while (h.n_items > 0) {
            uint64_t time = heap_pop(&h).time;
            assert_true(time >= last);
            last = time;
            sum -= time;
        }
        assert_int_equal(sum, 0);
        heap_free(&h);
    }
}

static void events_come_out_by_time_and_then_by_key(void **state)
{
    (void)state;
    struct event_heap h = {0};
    uint64_t seed = 3, last_time = 0, last_key = 0;
    for (int i = 0; i < 500; i++) {
        seed = mix64(seed, 2);
        heap_push(&h, seed % 50, seed / 50 % 50);
    }
    while (h.n_items > 0) {
        struct heap_item x = heap_pop(&h);
        assert_true(x.time > last_time || (x.time == last_time && x.key >= last_key));
        last_time = x.time;
        last_key = x.key;
    }
    heap_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_free_resource_is_free_at_once),
        cmocka_unit_test(a_search_takes_the_first_gap_that_is_long_enough),
        cmocka_unit_test(intervals_that_touch_become_one),
        cmocka_unit_test(random_bookings_agree_with_a_bit_per_cycle),
        cmocka_unit_test(bookings_elsewhere_than_in_the_gap_found_last_agree_with_a_bit_per_cycle),
        cmocka_unit_test(an_item_taken_out_of_the_middle_leaves_a_heap),
        cmocka_unit_test(events_come_out_by_time_and_then_by_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
