/* Terms and their counterparts, for who asks what a model makes of a text in which only a term is
 * another one. A pair is "first/second"; what a term is, says the kind of damage that exchanges
 * them. */
#ifndef FRAY_CORRUPT_TERMS_H
#define FRAY_CORRUPT_TERMS_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

enum { FRAY_TERM_FIRST = 1, FRAY_TERM_SECOND = 2 };
/** INPUT unless each pair is two terms with a stroke between them, each of words with single blanks
 *  between them, and in one place of one pair only. */
enum fray_status fray_term_pairs_check(const char **pair, size_t n, struct fray_err *err);
/** Which terms of a pair a text holds, as the exchange would find them: bits. The pair was
 * checked. Memory: scratch. MEMORY. */
enum fray_status fray_terms_in(const char *pair, const char *text, size_t size,
                               struct fray_arena *scratch, unsigned *out, struct fray_err *err);
/** The entry, a line of YAML, that exchanges the terms of n pairs in one modality wherever they
 *  stand, both ways at once; NULL: out of memory. INPUT is told where it is read. */
const char *fray_terms_entry(const char *const *pair, size_t n, const char *modality,
                             struct fray_arena *arena);

#endif
