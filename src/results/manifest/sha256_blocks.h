/* The compression of SHA-256, in the ways that there are. Private to this room. */
#ifndef MANIFEST_SHA256_BLOCKS_H
#define MANIFEST_SHA256_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The constants of the 64 steps. Source: FIPS 180-4, 4.2.2. */
extern const uint32_t sha256_k[64];
/** n blocks of 64 bytes by the instructions of the processor, which must have them. */
void sha256_blocks_x86(uint32_t h[8], const unsigned char *data, size_t n);
bool sha256_has_x86(void);

#endif
