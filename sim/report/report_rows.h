/* SPDX-License-Identifier: Apache-2.0 */
/* report_rows.h - which rows of a result the files show; one rule for JSON and CSV. */
#ifndef SIM_REPORT_REPORT_ROWS_H
#define SIM_REPORT_REPORT_ROWS_H

#include <stdbool.h>

#include "sim/stats/run_result.h"

/* A link has a row per class that used it; one that nothing used has a row of zeros, class data. */
static inline bool report_link_has_row(const struct result_link *l, int class_of)
{
    bool used = false;
    for (int c = 0; c < CLASS_COUNT; c++) {
        used |= l->classes[c].entered > 0;
    }
    return used ? l->classes[class_of].entered > 0 : class_of == CLASS_DATA;
}

#endif
