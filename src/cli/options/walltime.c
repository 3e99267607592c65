/* How long a run may take, in the ways in which people and batch systems say it: 4h, 1h30m,
 * seconds, MM:SS, HH:MM:SS, DD-HH:MM:SS. No form means two different times, so all of them are
 * tried in turn. */
#include "options.h"

#include "fray/base/size.h"

#include <string.h>

/* 30 years: what is longer is a misprint. */
static const double MOST_SECONDS = 1e9;

/* Digits alone: no sign, exponent or fraction. Moves *text behind them. A double, so that no number
 * of digits runs over: what is too large is refused with the sum. */
static bool read_field(const char **text, double *value) {
  const size_t digits = strspn(*text, "0123456789");
  *value = 0;
  for (size_t i = 0; i < digits; i++)
    *value = *value * 10 + ((*text)[i] - '0');
  *text += digits;
  return digits > 0;
}

/* 4h, 30m, 1h30m, 2d12h, 90s: whole numbers, each with its unit, larger ones first. */
static bool read_units(const char *text, double *seconds) {
  static const struct {
    char unit;
    double seconds;
  } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
  size_t next = 0; /* a unit stands once, behind larger ones: 30m4h is hardly what was meant */
  double field;
  *seconds = 0;
  while (*text) {
    if (!read_field(&text, &field))
      return false;
    while (next < FRAY_COUNT(units) && units[next].unit != *text)
      next++;
    if (next == FRAY_COUNT(units))
      return false;
    *seconds += field * units[next++].seconds;
    text++;
  }
  return *seconds > 0 && *seconds < MOST_SECONDS;
}

/* The forms of Slurm and PBS; a bare number is seconds. */
static bool read_time(const char *text, double *seconds) {
  const bool has_days = strchr(text, '-');
  double days = 0, total = 0, field;
  int colons = 0;
  /* "1-12" is a day and twelve hours, where "12" alone is seconds. */
  if (has_days && (!read_field(&text, &days) || *text++ != '-'))
    return false;
  for (;; text++, colons++) {
    if (colons > 2 || !read_field(&text, &field) || (colons > 0 && field >= 60))
      return false;
    total = total * 60 + field;
    if (*text != ':')
      break;
  }
  for (; has_days && colons < 2; colons++) /* behind days: HH, HH:MM or HH:MM:SS */
    total *= 60;
  *seconds = days * 86400 + total;
  return *text == '\0' && *seconds > 0 && *seconds < MOST_SECONDS;
}

/* A bare number is read by the first form alone: units are missing in it, so the second would
 * refuse it. */
enum fray_status cli_read_walltime(const char *text, void *member, struct fray_err *err) {
  double *seconds = member;
  FRAY_CHECK(read_time(text, seconds) || read_units(text, seconds), err, INPUT,
             "--walltime %s: 4h, 30m, 1h30m, SECONDS, MM:SS, HH:MM:SS or DD-HH:MM:SS is expected, "
             "more than 0 and less than %.0f seconds",
             text, MOST_SECONDS);
  return FRAY_OK;
}
