/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - SHA-256 by nettle. */
#include "sim/base/hash.h"

#include <nettle/sha2.h>
#include <stdlib.h>

#include "sim/base/mem.h"

struct sha256 {
    struct sha256_ctx ctx;
};

struct sha256 *sha256_new(void)
{
    struct sha256 *s = mem_alloc(sizeof *s);
    sha256_init(&s->ctx);
    return s;
}

void sha256_add(struct sha256 *s, const void *data, size_t bytes)
{
    sha256_update(&s->ctx, bytes, data);
}

void sha256_hex(struct sha256 *s, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&s->ctx, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[64] = '\0';
    free(s);
}
