/*
 * approval.c - what an approval is bound to: the SHA-256 of platform, post and text.
 *
 * Each field goes in behind its length (8 bytes, big end first), so that no two different triples give the same bytes.
 */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "queue.h"

static void hash_field(crypto_hash_sha256_state *state, const char *field)
{
	uint64_t len = field != NULL ? strlen(field) : 0;
	unsigned char size[8];

	for (size_t i = 0; i < sizeof(size); i++)
		size[i] = (unsigned char)(len >> (56 - 8 * i));
	(void)crypto_hash_sha256_update(state, size, sizeof(size)); /* cannot fail */
	(void)crypto_hash_sha256_update(state, (const unsigned char *)(field != NULL ? field : ""), len);
}

void approval_hash(const char *platform, const char *post_id, const char *text, char out[APPROVAL_HASH_SIZE])
{
	crypto_hash_sha256_state state;
	unsigned char hash[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256_init(&state);
	hash_field(&state, platform);
	hash_field(&state, post_id);
	hash_field(&state, text);
	(void)crypto_hash_sha256_final(&state, hash);
	(void)sodium_bin2hex(out, APPROVAL_HASH_SIZE, hash, sizeof(hash));
}
