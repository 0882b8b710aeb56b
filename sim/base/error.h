/* SPDX-License-Identifier: Apache-2.0 */
/* error.h - the one list of error codes, exit codes, and the check of a model's own rules.
 *
 * Functions return 0 or one negative `enum sim_error`, forwarded unchanged to main, which maps it
 * to the exit code of docs/index.md. Text about the user's input goes into a `struct diag`. */
#ifndef SIM_BASE_ERROR_H
#define SIM_BASE_ERROR_H

enum sim_error {
    SIM_OK = 0,
    SIM_ERR_IO = -1,          /* file system, memory: exit 1 */
    SIM_ERR_INPUT = -2,       /* the user's file or option is wrong, a schedule is refused: exit 2 */
    SIM_ERR_BUILD = -3,       /* the machine cannot be built: exit 3 */
    SIM_ERR_STUCK = -4,       /* no progress: exit 4 */
    SIM_ERR_VIOLATION = -5,   /* schedule violated under `halt`, or a chunk check failed: exit 5 */
    SIM_ERR_INTERRUPTED = -6, /* SIGINT: exit 130 */
    SIM_ERR_TERMINATED = -7   /* SIGTERM: exit 143 */
};

/* Exit code of a sim_error. */
int sim_exit_code(int error);

/* SIM_CHECK(cond, fmt, ...): the model broke its own rule. Prints file:line, the condition and the
 * message on stderr and aborts (exit 134). Cheap checks stay in release builds. */
#define SIM_CHECK(cond, ...) ((cond) ? (void)0 : sim_check_failed(__FILE__, __LINE__, #cond, __VA_ARGS__))

#if defined(__GNUC__)
__attribute__((noreturn, format(printf, 4, 5), cold))
#endif
void sim_check_failed(const char *file, int line, const char *cond, const char *fmt, ...);

#endif
