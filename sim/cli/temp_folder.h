/* SPDX-License-Identifier: Apache-2.0 */
/* temp_folder.h - a folder for a moment: files that a library wants to read from or write to a place. */
#ifndef SIM_CLI_TEMP_FOLDER_H
#define SIM_CLI_TEMP_FOLDER_H

#include "sim/base/diag.h"

/* In $TMPDIR or /tmp; NULL and a message when it cannot be made. */
char *temp_folder_make(struct diag *d);

/* Removes its files (not folders in it) and itself; frees the name. */
void temp_folder_remove(char *folder);

#endif
