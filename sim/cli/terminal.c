/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.c - properties of standard output. */
#include "sim/cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sim/base/text.h"

#define WIDTH_ELSEWHERE 100u
#define WIDTH_MAX       1000u

uint32_t terminal_width(void)
{
    struct winsize size;
    uint64_t columns = 0;
    const char *given = getenv("COLUMNS");
    if (given && text_parse_u64(given, &columns) == 0 && columns >= 1 && columns <= WIDTH_MAX) {
        return (uint32_t)columns;
    }
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return WIDTH_ELSEWHERE;
}

bool terminal_color(void)
{
    const char *no = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no && *no) && !(terminal && strcmp(terminal, "dumb") == 0);
}
