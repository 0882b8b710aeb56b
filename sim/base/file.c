/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - whole files in, whole files out. */
#include "sim/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/base/progress.h"

#define TEMPORARY_TRIES 1000u

/* A file that cannot be opened was named wrongly by the user; one that breaks off is the system's.
 * A pipe may keep us waiting until the user has had enough. */
static int cannot_read(const char *path, int error, bool opened, struct diag *d)
{
    diag_add(d, *path ? path : "''", 0, 0, "", "cannot be read: %s", strerror(error));
    if (error == EINTR && interrupt_pending()) {
        return interrupt_pending();
    }
    return !opened || error == EISDIR ? SIM_ERR_INPUT : SIM_ERR_IO;
}

int file_read(const char *path, size_t max_bytes, char **data, size_t *bytes, struct diag *d)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        return cannot_read(path, errno, false, d);
    }
    char *s = NULL;
    size_t capacity = 0;
    size_t n = 0;
    for (;;) {
        size_t step = n < 65536 ? 65536 : n;
        s = vec_grow(s, &capacity, n + step + 1, 1);
        size_t got = fread(s + n, 1, step, f);
        n += got;
        if (got < step || n > max_bytes) {
            break;
        }
    }
    int failed = ferror(f) ? errno : 0;
    fclose(f);
    if (failed || n > max_bytes) {
        free(s);
        if (failed) {
            return cannot_read(path, failed, true, d);
        }
        diag_add(d, path, 0, 0, "", "is larger than the %zu bytes that such a file may have", max_bytes);
        return SIM_ERR_INPUT;
    }
    s[n] = '\0';
    *data = s;
    *bytes = n;
    return SIM_OK;
}

static int cannot_write(const char *path, int error, struct diag *d)
{
    diag_add(d, *path ? path : "''", 0, 0, "", "cannot be written: %s", strerror(error));
    return SIM_ERR_IO;
}

/* Opens PATH.PID.N.tmp, N being the first that does not exist; the mode follows the umask. */
static int open_temporary(struct file_out *f, const char *path, struct diag *d)
{
    for (unsigned i = 0; i < TEMPORARY_TRIES; i++) {
        char *name = mem_printf("%s.%ld.%u.tmp", path, (long)getpid(), i);
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        int error = errno;
        if (fd >= 0) {
            f->temporary = name;
            f->stream = fdopen(fd, "wb");
            SIM_CHECK(f->stream, "fdopen of %s", name);
            return SIM_OK;
        }
        free(name);
        if (error != EEXIST) {
            return cannot_write(path, error, d);
        }
    }
    return cannot_write(path, EEXIST, d);
}

int file_open(struct file_out *f, const char *path, struct diag *d)
{
    struct stat st;
    *f = (struct file_out) {0};
    if (!*path) {
        return cannot_write(path, ENOENT, d);
    }
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        /* A device or pipe (/dev/null, /dev/stdout) is written in place: a rename would replace it. */
        f->stream = S_ISDIR(st.st_mode) ? NULL : fopen(path, "wb");
        if (!f->stream) {
            return cannot_write(path, S_ISDIR(st.st_mode) ? EISDIR : errno, d);
        }
    } else if (open_temporary(f, path, d)) {
        return SIM_ERR_IO;
    }
    f->path = mem_strdup(path);
    return SIM_OK;
}

static void forget(struct file_out *f)
{
    free(f->temporary);
    free(f->path);
    *f = (struct file_out) {0};
}

int file_commit(struct file_out *f, struct diag *d)
{
    int error = 0;
    if (fflush(f->stream) || ferror(f->stream)) {
        error = errno ? errno : EIO;
    }
    if (fclose(f->stream) && !error) {
        error = errno;
    }
    if (f->temporary) {
        if (!error && rename(f->temporary, f->path)) {
            error = errno;
        }
        if (error) {
            unlink(f->temporary);
        }
    }
    int rc = error ? cannot_write(f->path, error, d) : SIM_OK;
    forget(f);
    return rc;
}

void file_abort(struct file_out *f)
{
    if (f->stream) {
        fclose(f->stream);
    }
    if (f->temporary) {
        unlink(f->temporary);
    }
    forget(f);
}

int file_write(const char *path, const void *data, size_t bytes, struct diag *d)
{
    struct file_out f;
    int rc = file_open(&f, path, d);
    if (rc) {
        return rc;
    }
    if (bytes && fwrite(data, 1, bytes, f.stream) != bytes) {
        int error = errno;
        rc = cannot_write(path, error, d);
        file_abort(&f);
        return rc;
    }
    return file_commit(&f, d);
}

static int make_parents(char *path)
{
    for (char *p = path + 1; *p; p++) {
        if (*p != '/') {
            continue;
        }
        *p = '\0';
        int failed = mkdir(path, 0777) && errno != EEXIST;
        *p = '/';
        if (failed) {
            return -1;
        }
    }
    struct stat st;
    if (mkdir(path, 0777) == 0) {
        return 0;
    }
    if (errno == EEXIST && stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
    }
    return errno == EEXIST ? 0 : -1;
}

int file_make_dir(const char *path, struct diag *d)
{
    if (!*path) {
        return cannot_write(path, ENOENT, d);
    }
    char *copy = mem_strdup(path);
    int failed = make_parents(copy);
    int error = errno;
    free(copy);
    if (failed) {
        return cannot_write(path, error, d);
    }
    struct file_out probe;
    char *name = mem_printf("%s/.bpsim", path);
    int rc = file_open(&probe, name, d);
    if (rc == SIM_OK) {
        file_abort(&probe);
    }
    free(name);
    return rc;
}
