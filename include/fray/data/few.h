/* Few test clients: what such data can and cannot show, in one wording. */
#ifndef FRAY_DATA_FEW_H
#define FRAY_DATA_FEW_H

#include <stddef.h>

/* 5 pairs that all point one way have a two-sided p of 2/32 in a test of signs: above 0.05. */
enum { FRAY_ENOUGH_CLIENTS = 6, FRAY_FEW_WORDS = 400 };
/** What to say of n test clients, fewer than FRAY_ENOUGH_CLIENTS. Returns out. */
const char *fray_few_test_clients(size_t n, char out[FRAY_FEW_WORDS]);

#endif
