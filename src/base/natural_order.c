/* The natural order of names: "s2" before "s10". It compares bytes, not letters of a locale, so
 * every machine sorts alike. */
#include "fray/base/natural.h"

#include <ctype.h>
#include <string.h>

/* Compares two runs of digits as numbers of any length and steps over them. */
/* Longer is larger once zeros in front are gone; no number is too large for that. */
static int compare_digits(const char **a, const char **b) {
  const char *x = *a + strspn(*a, "0"), *y = *b + strspn(*b, "0");
  size_t n = strspn(x, "0123456789"), m = strspn(y, "0123456789");
  int order = n != m ? (n < m ? -1 : 1) : memcmp(x, y, n);
  *a = x + n;
  *b = y + m;
  return order;
}

/* A total order: names that look equal are told apart by their bytes, so that sorting never depends
 * on where they stood. */
int fray_natural_order(const char *a, const char *b) {
  const char *p = a, *q = b;
  while (*p && *q) {
    if (isdigit((unsigned char)*p) && isdigit((unsigned char)*q)) {
      int order = compare_digits(&p, &q);
      if (order)
        return order;
      continue;
    }
    if (*p != *q)
      return (unsigned char)*p < (unsigned char)*q ? -1 : 1;
    p++, q++;
  }
  if (*p || *q)
    return *p ? 1 : -1;
  return strcmp(a, b); /* "a01" and "a1" */
}
