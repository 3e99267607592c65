/* Names in the order that people expect. */
#ifndef FRAY_BASE_NATURAL_H
#define FRAY_BASE_NATURAL_H

/** Natural order of names: runs of digits compare as numbers ("s2" before "s10"). A total order. */
int fray_natural_order(const char *a, const char *b);

#endif
