/* SPDX-License-Identifier: Apache-2.0 */
/* hash.h - the mixing function of chunk checksums and random streams, and SHA-256 (by nettle).
 *
 * mix64 is specified in docs/formats/checksums.md; an independent reader can recompute it. */
#ifndef SIM_BASE_HASH_H
#define SIM_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* mix64(a, b): x = a + 0x9e3779b97f4a7c15 * (b + 1), then the splitmix64 finaliser
 * (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014). */
static inline uint64_t mix64(uint64_t a, uint64_t b)
{
    uint64_t x = a + 0x9e3779b97f4a7c15u * (b + 1u);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Streaming SHA-256; hex is 64 digits and a NUL. */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *s, const void *data, size_t bytes);
void sha256_hex(struct sha256 *s, char hex[65]); /* ends and frees s */

#endif
