/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/option_messages.h"

#include <stdio.h>

void option_messages_print(const char *command, const struct diag *d)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct diag_message *m = &d->messages[i];
        if (m->file[0] != '\0') {
            diag_print(&(struct diag) {.messages = &d->messages[i], .count = 1}, stderr);
        } else {
            fprintf(stderr, "bpsim %s: %s%s%s%s\n", command, m->key[0] != '\0' ? "--" : "", m->key,
                    m->key[0] != '\0' ? ": " : "", m->text);
        }
    }
}
