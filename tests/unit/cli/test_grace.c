/* SPDX-License-Identifier: Apache-2.0 */
/* test_grace.c - a process that was told to end ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/progress.h"
#include "sim/cli/grace.h"

/* Exit code of a process that gets `signal_number` and looks at nothing. */
static int exit_of_deaf_process(int signal_number)
{
    pid_t child = fork();
    if (child == 0) {
        interrupt_install();
        grace_begin(0);
        raise(signal_number);
        for (volatile uint64_t i = 0;; i++) {
        }
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_process_that_does_not_look_is_cut_off(void **state)
{
    (void)state;
    assert_int_equal(exit_of_deaf_process(SIGINT), 130);
    assert_int_equal(exit_of_deaf_process(SIGTERM), 143);
}

static void a_process_that_nobody_told_goes_on(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        interrupt_install();
        grace_begin(0);
        for (unsigned left = 2; left;) { /* the timer wakes it */
            left = sleep(left);
        }
        _exit(7);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_does_not_look_is_cut_off),
        cmocka_unit_test(a_process_that_nobody_told_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
