/* SPDX-License-Identifier: Apache-2.0 */
/* temp_folder.c - a folder for a moment. */
#include "sim/cli/temp_folder.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/mem.h"

void temp_folder_remove(char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char *path = mem_printf("%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.') {
            unlink(path);
        }
        free(path);
    }
    if (dir) {
        closedir(dir);
    }
    rmdir(folder);
    free(folder);
}

char *temp_folder_make(struct diag *d)
{
    const char *where = getenv("TMPDIR");
    char *folder = mem_printf("%s/bpsim-XXXXXX", where && *where ? where : "/tmp");
    if (!mkdtemp(folder)) {
        diag_add(d, folder, 0, 0, "", "no folder for temporary files can be made");
        free(folder);
        return NULL;
    }
    return folder;
}
