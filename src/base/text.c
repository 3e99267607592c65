/* Growing texts, nearest names, and texts as terminals and CSV files want them. A text that could
 * not grow is marked as failed instead of returning a status from each of hundreds of calls; who
 * uses it asks once, at the end. */
#include "fray/base/text.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Doubles, so that n appended bytes cost n. A text that failed once stays failed: callers ask at
 * the end instead of after every part. */
static bool reserve(struct fray_text *text, size_t more) {
  size_t need;
  if (text->failed || !fray_size_add(text->size, more, &need) || need > SIZE_MAX / 4)
    return !(text->failed = true);
  if (need + 1 <= text->capacity)
    return true;
  size_t capacity = FRAY_MAX(2 * text->capacity, need + 64);
  char *data = realloc(text->data, capacity);
  if (!data)
    return !(text->failed = true);
  text->data = data;
  text->capacity = capacity;
  return true;
}

void fray_text_add(struct fray_text *text, const char *data, size_t size) {
  if (!reserve(text, size))
    return;
  if (size)
    memcpy(text->data + text->size, data, size);
  text->size += size;
  text->data[text->size] = '\0';
}

/* Also "", which makes an empty text a text: data is then not NULL. */
void fray_text_puts(struct fray_text *text, const char *string) {
  fray_text_add(text, string, strlen(string));
}

void fray_text_vprintf(struct fray_text *text, const char *format, va_list args) {
  /* The arguments are read twice: for the length, and for the text. */
  va_list again;
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  if (n >= 0 && reserve(text, (size_t)n)) {
    vsnprintf(text->data + text->size, (size_t)n + 1, format, again);
    text->size += (size_t)n;
  }
  va_end(again);
}

void fray_text_printf(struct fray_text *text, const char *format, ...) {
  va_list args;
  va_start(args, format);
  fray_text_vprintf(text, format, args);
  va_end(args);
}

void fray_text_free(struct fray_text *text) {
  if (text) {
    free(text->data);
    *text = (struct fray_text){0};
  }
}

__extension__ typedef unsigned __int128 int128;

/* A positive number m / 2^s, its first digit standing for 10^first. */
struct binary {
  uint64_t m;
  int s, first;
};

/* False of numbers for which 128 bits do not suffice below, and of those without a fraction. */
static bool take_apart(double value, struct binary *out) {
  int exponent;
  const double fraction = frexp(value, &exponent); /* in [1/2, 1) */
  *out = (struct binary){.m = (uint64_t)(fraction * 0x1p53), .s = 53 - exponent};
  if (out->s < 1 || out->s > 72)
    return false;
  int128 scaled = out->m, one = (int128)1 << out->s;
  for (; scaled < one && out->first > -7; out->first--)
    scaled *= 10;
  for (; scaled >= one * 10; out->first++)
    one *= 10;
  return out->first > -7;
}

/* value * 10^decimals to the nearest whole number, the even one of two, as printf has it; 0 unless
 * that reads back as value: unless it lies no further from it than half of the way to the next
 * number of its kind. Below a power of two that way is half as long. */
static uint64_t digits_of(const struct binary *b, int decimals) {
  int128 ten = 1;
  for (int i = 0; i < decimals; i++)
    ten *= 10;
  const int128 exact = b->m * ten, half = (int128)1 << (b->s - 1);
  int128 n = exact >> b->s;
  const int128 rest = exact - (n << b->s);
  const bool up = rest > half || (rest == half && (n & 1));
  n += up;
  const int128 away = up ? (half << 1) - rest : rest;
  const int128 room = !up && b->m == (uint64_t)1 << 52 ? ten / 2 : ten;
  return 2 * away < room || (2 * away == room && b->m % 2 == 0) ? (uint64_t)n : 0;
}

/* The digits (count) of n, the first one standing for 10^first, below 10^15. */
static void put_fraction(bool negative, uint64_t n, int count, int first, char *out) {
  char digit[24] = "";
  for (int i = count; i-- > 0; n /= 10)
    digit[i] = (char)('0' + n % 10);
  if (negative)
    *out++ = '-';
  const int before = first < -4 ? 1 : first < 0 ? 0 : first + 1;
  if (first >= -4 && first < 0) {
    memcpy(out, "0.000", 2 + (size_t)(-first - 1));
    out += 2 - first - 1;
  }
  memcpy(out, digit, (size_t)before);
  out += before;
  if (before && count > before)
    *out++ = '.';
  memcpy(out, digit + before, (size_t)(count - before));
  out += count - before;
  *out = '\0';
  if (first < -4)
    snprintf(out, 8, "e-0%d", -first);
}

/* "%.*g" for the fewest digits that do, by whole numbers: tables of a report are millions of
 * digits. A whole number has as many decimals as none, so that there is one at least. */
static bool format_fraction(double value, char out[32]) {
  struct binary b;
  uint64_t n = 0, most = 10;
  int decimals = 0, digits;
  if (!take_apart(fabs(value), &b))
    return false;
  for (digits = b.first < 0 ? 1 : b.first + 2; digits <= 17 && n == 0; digits++) {
    decimals = digits - 1 - b.first;
    n = digits_of(&b, decimals);
  }
  digits--;
  for (int i = 1; i < digits; i++)
    most *= 10;
  if (n == 0 || n >= most)
    return false;
  put_fraction(value < 0, n, digits, b.first, out);
  return true;
}

/* The fewest digits that read back as the same bits: short where it can be, exact always. */
void fray_format_double(double value, char out[32]) {
  if (isnan(value)) { /* never "-nan" */
    strcpy(out, "nan");
    return;
  }
  if (fabs(value) < 1e15 && value == trunc(value)) { /* "%g" would write 10 as 1e+01 */
    snprintf(out, 32, "%lld", (long long)value);
    return;
  }
  if (fabs(value) < 1e15 && format_fraction(value, out))
    return;
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(out, 32, "%.*g", digits, value);
    if (strtod(out, NULL) == value)
      return;
  }
}

/* m with so many of its digits behind the point, rounded once, to the even neighbour of a tie. The
 * quotient of m and a power of ten has 64 bits here, of which a double keeps 53: both are shifted
 * to the top first. What is left of the division decides a tie alone. */
static double decimal_value(uint64_t m, int decimals) {
  static const uint32_t power[] = {1,      10,      100,      1000,      10000,
                                   100000, 1000000, 10000000, 100000000, 1000000000};
  const uint64_t ten =
      decimals < 10 ? power[decimals] : 10000000000u * (uint64_t)power[decimals - 10];
  if (m <= (uint64_t)1 << 53) /* both are whole numbers of a double */
    return (double)m / (double)ten;
  const int up = __builtin_clzll(m), up_ten = __builtin_clzll(ten);
  const uint64_t high = m << up, by = ten << up_ten;
  const int bits = high >= by ? 63 : 64;
  const int128 whole = (int128)high << bits;
  const uint64_t quotient = (uint64_t)(whole / by), left = (uint64_t)whole - quotient * by;
  const uint64_t cut = quotient % 2048, kept = quotient / 2048;
  const bool up_by_one = cut > 1024 || (cut == 1024 && (left > 0 || kept % 2 == 1));
  return ldexp((double)(kept + up_by_one), 11 - bits - up + up_ten);
}

size_t fray_decimal_read(const char *text, double *value) {
  const char *p = text + (*text == '-' || *text == '+');
  uint64_t m = 0;
  int digits = 0, decimals = 0, seen = 0;
  for (bool point = false;; p++) {
    if (*p == '.' && !point) {
      point = true;
      continue;
    }
    if (*p < '0' || *p > '9')
      break;
    seen++;
    decimals += point;
    digits += m > 0 || *p != '0';
    if (digits > 19 || decimals > 19)
      return 0;
    m = 10 * m + (uint64_t)(*p - '0');
  }
  const char next = (char)(*p | 0x20);
  if (seen == 0 || *p == '.' || (next >= 'a' && next <= 'z'))
    return 0;
  const double size = m ? decimal_value(m, decimals) : 0;
  *value = *text == '-' ? -size : size;
  return (size_t)(p - text);
}

enum { LONGEST = 63 };

/* Damerau and Levenshtein with transpositions of neighbours, three rows; names beyond LONGEST are
 * no misspellings of one another. */
size_t fray_edit_distance(const char *a, const char *b) {
  size_t n = strlen(a), m = strlen(b);
  if (n > LONGEST || m > LONGEST)
    return LONGEST + 1;
  size_t rows[3][LONGEST + 2];
  size_t *before = rows[0], *last = rows[1], *now = rows[2];
  for (size_t j = 0; j <= m; j++)
    last[j] = j;
  for (size_t i = 1; i <= n; i++) {
    now[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
      best = FRAY_MIN(best, last[j] + 1);
      best = FRAY_MIN(best, now[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = FRAY_MIN(best, before[j - 2] + 1);
      now[j] = best;
    }
    size_t *t = before;
    before = last, last = now, now = t;
  }
  return last[m];
}

/* Letters and digits make words; everything else parts them. */
static size_t word_at(const char *text) {
  size_t n = 0;
  while (isalnum((unsigned char)text[n]))
    n++;
  return n;
}

/* A run of letters and digits at a time, so that no word is found within another. */
static bool has_word(const char *text, const char *word, size_t n) {
  for (size_t skip; *text; text += skip ? skip : 1) {
    skip = word_at(text);
    if (skip == n && n && strncasecmp(text, word, n) == 0)
      return true;
  }
  return false;
}

/* All words of a stand in b: "f1" in "macro_f1", "f1_macro" in "macro_f1". */
static bool has_all_words(const char *a, const char *b) {
  size_t words = 0;
  for (size_t skip; *a; a += skip ? skip : 1) {
    skip = word_at(a);
    if (skip && !has_word(b, a, skip))
      return false;
    words += skip > 0;
  }
  return words > 0;
}

/* "cat" of "concat", "acc" of "accuracy". Two letters begin or end too many names. */
static bool is_piece(const char *name, const char *candidate) {
  const size_t n = strlen(name), m = strlen(candidate);
  return n >= 3 && m > n &&
         (strncasecmp(name, candidate, n) == 0 || strcasecmp(name, candidate + m - n) == 0);
}

/* The one candidate that fits; of several none: a guess among equals misleads. */
static const char *only_one(const char *name, const char *const *candidates, size_t n,
                            bool (*fits)(const char *name, const char *candidate)) {
  const char *found = NULL;
  for (size_t i = 0; i < n; i++) {
    if (!fits(name, candidates[i]))
      continue;
    if (found)
      return NULL;
    found = candidates[i];
  }
  return found;
}

/* The closest candidate, at most `limit` changes away. At least one letter must be common: "a" is
 * no misspelling of "b". */
static const char *closest(const char *name, const char *const *candidates, size_t n,
                           size_t limit) {
  const char *best = NULL;
  const size_t length = strlen(name);
  size_t best_distance = FRAY_MIN(limit, LONGEST) + 1;
  for (size_t i = 0; i < n; i++) {
    size_t distance = fray_edit_distance(name, candidates[i]);
    if (distance < best_distance && distance < FRAY_MAX(length, strlen(candidates[i]))) {
      best = candidates[i];
      best_distance = distance;
    }
  }
  return best;
}

static const char *same_but_case(const char *name, const char *const *candidates, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcasecmp(name, candidates[i]) == 0)
      return candidates[i];
  return NULL;
}

const char *fray_nearest(const char *name, const char *const *candidates, size_t n) {
  const size_t length = strlen(name);
  /* Of three letters one change makes another word: "acc" is rather "accuracy" than "auc". */
  const char *found = length > 3 ? closest(name, candidates, n, 1) : NULL;
  if (!found)
    found = same_but_case(name, candidates, n);
  if (!found && length >= 2)
    found = only_one(name, candidates, n, has_all_words);
  if (!found)
    found = only_one(name, candidates, n, is_piece);
  if (!found)
    found = closest(name, candidates, n, length > 3 ? length / 3 + 1 : 1);
  return found;
}

const char *fray_hint(const char *name, const char *const *candidates, size_t n, char out[128]) {
  const char *nearest = fray_nearest(name, candidates, n);
  out[0] = '\0';
  if (nearest)
    snprintf(out, 128, " (did you mean '%.90s'?)", nearest);
  return out;
}

/* Of many names those that share a word with it, or a piece: "hum" is no single one of them, and
 * yet "mains_hum" and "tonal_hum" are what somebody looks for. False: there are none, or not few.
 */
static bool put_relatives(const char *name, const char *const *candidates, size_t n, char *out,
                          size_t room) {
  enum { FEW = 8 };
  const char *found[FEW];
  size_t k = 0, used;
  for (size_t i = 0; i < n; i++) {
    if (strlen(name) < 3 || (!has_all_words(name, candidates[i]) && !is_piece(name, candidates[i])))
      continue;
    if (k == FEW)
      return false;
    found[k++] = candidates[i];
  }
  used = (size_t)snprintf(out, room, "there are %zu", n);
  for (size_t i = 0; i < k && used < room; i++)
    used += (size_t)snprintf(out + used, room - used, "%s'%s'",
                             i == 0       ? ", of that name "
                             : i + 1 == k ? " and "
                                          : ", ",
                             found[i]);
  return k > 0 && used < room;
}

/* Never longer than the caller's room, which is that of a message. */
const char *fray_there_are(const char *name, const char *const *candidates, size_t n, char *out,
                           size_t room) {
  char hint[128], more[48];
  fray_hint(name, candidates, n, hint);
  /* Of many names the near one is the answer; the others would only bury it. */
  if (n > 24 && *hint) {
    snprintf(out, room, "there are %zu%s", n, hint);
    return out;
  }
  if (n > 24 && put_relatives(name, candidates, n, out, room))
    return out;
  snprintf(more, sizeof more, ", ... (%zu in all)", n);
  /* The hint and the count are what helps most: room is kept for both. */
  size_t tail = strlen(hint) + strlen(more) + 1, used = 0, i = 0;
  used = (size_t)snprintf(out, room, n == 0 ? "there is none" : n == 1 ? "there is" : "there are");
  if (n > 0 && used + strlen(candidates[0]) + 4 + tail >= room && used + 8 + tail < room)
    used += (size_t)snprintf(out + used, room - used, " '%.*s...'", /* better in part than not */
                             (int)FRAY_MIN(room - used - tail - 8, (size_t)40), candidates[i++]);
  for (; i < n && used + strlen(candidates[i]) + 4 + tail < room; i++)
    used += (size_t)snprintf(out + used, room - used, "%s'%s'", i ? ", " : " ", candidates[i]);
  if (used < room)
    snprintf(out + used, room - used, "%s%s", i < n ? more : "", hint);
  return out;
}

/* C0 and C1 controls and broken UTF-8 become ?, one for each byte, and so do characters that turn
 * the direction of writing: a terminal obeys nothing of a text from data. */
void fray_text_safe(struct fray_text *text, const char *words, bool keeps_lines) {
  for (uint32_t code; *words;) {
    size_t n = fray_utf8_read(words, SIZE_MAX, &code);
    bool obeyed = code == FRAY_UTF8_BAD || fray_utf8_controls(code) || fray_utf8_turns(code);
    bool shown = !obeyed || (keeps_lines && code == '\n');
    fray_text_add(text, shown ? words : "?", shown ? n : 1);
    words += n;
  }
}

/* Code points of size bytes of UTF-8. A column each: wide characters of East Asia take two on a
 * terminal, which no table here relies on. */
static size_t columns_of(const char *text, size_t size) {
  size_t n = 0;
  for (size_t i = 0; i < size; i++)
    n += (text[i] & 0xc0) != 0x80;
  return n;
}

/* A word that is longer than a line stands alone on one: half a path is of no use. */
void fray_text_wrap(struct fray_text *text, const char *words, size_t indent, size_t width) {
  size_t column = indent;
  for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
    size_t size = strcspn(words, " "), columns = columns_of(words, size);
    bool first = column == indent;
    if (!first && column + 1 + columns > width) {
      fray_text_printf(text, "\n%*s", (int)indent, "");
      column = indent;
      first = true;
    }
    fray_text_puts(text, first ? "" : " ");
    fray_text_add(text, words, size);
    column += columns + !first;
    words += size;
  }
}

/* Bytes of the first n code points of words. A character is never cut: the bytes that continue one
 * do not count. */
static size_t bytes_of(const char *words, size_t n) {
  size_t size = 0;
  for (size_t columns = 0; words[size]; size++) {
    bool begins = (words[size] & 0xc0) != 0x80;
    if (begins && columns == n)
      break;
    columns += begins;
  }
  return size;
}

/* Exactly `width` columns, cut with dots or padded: tables stay straight whatever a name is. */
void fray_text_cell(struct fray_text *text, const char *words, size_t width) {
  size_t columns = columns_of(words, strlen(words));
  if (columns > width && width > 3) {
    fray_text_add(text, words, bytes_of(words, width - 3));
    fray_text_puts(text, "...");
  } else {
    fray_text_add(text, words, bytes_of(words, width));
    fray_text_printf(text, "%*s", (int)(width - FRAY_MIN(columns, width)), "");
  }
}

/* Also none of "-inf" and "-0x1", which strtod would take. A number may begin with a minus, and is
 * no formula. */
static bool is_negative_number(const char *field) {
  char *end;
  if (field[0] != '-' || field[1 + strspn(field + 1, ".0123456789eE+-")])
    return false;
  strtod(field, &end);
  return *end == '\0';
}

/* Where a spreadsheet would begin to compute: behind apostrophes, so that escaping can be undone.
 */
static bool begins_formula(const char *field) {
  const char *first = field + strspn(field, "'");
  /* The wide forms of the signs are as good as the signs, where East Asian input is set up. */
  uint32_t code;
  fray_utf8_read(first, SIZE_MAX, &code);
  const bool wide = code == 0xff1d || code == 0xff0b || code == 0xff0d || code == 0xff20;
  if (!wide && (!*first || !strchr("=+-@\t\r\n", *first)))
    return false;
  return first != field || (first[1] != '\0' && !is_negative_number(field));
}

/* A field of a text that is read to its end. Names hold no control characters, so none is lost;
 * titles and other texts of people may, and a file that is printed must not steer a terminal. */
static void put_field(struct fray_text *text, const char *field) {
  uint32_t code;
  for (size_t n; *field; field += n) {
    n = fray_utf8_read(field, SIZE_MAX, &code);
    if (*field == '"')
      fray_text_puts(text, "\"");
    if (code == FRAY_UTF8_BAD || (fray_utf8_controls(code) && code != '\n' && code != '\t'))
      fray_text_puts(text, "\ufffd");
    else
      fray_text_add(text, field, n);
  }
}

/* An apostrophe in front keeps a spreadsheet from computing what a data set calls a client. */
void fray_text_csv(struct fray_text *text, const char *field) {
  bool formula = begins_formula(field), quoted = strpbrk(field, ",\"\r\n") != NULL;
  fray_text_puts(text, quoted ? "\"" : "");
  fray_text_puts(text, formula ? "'" : "");
  put_field(text, field);
  fray_text_puts(text, quoted ? "\"" : "");
}

/* The inverse of what fray_text_csv put in front, for readers of our own files. */
const char *fray_csv_plain(const char *field) {
  return field[0] == '\'' && begins_formula(field) ? field + 1 : field;
}

/* Behind a hissing sound an e goes before the s; a y behind a consonant turns. That is all that the
 * nouns of this program need. */
const char *fray_counted(char out[FRAY_COUNTED], size_t n, const char *noun) {
  const size_t length = strlen(noun);
  const char last = length ? noun[length - 1] : '\0', before = length > 1 ? noun[length - 2] : '\0';
  const bool turns = n != 1 && last == 'y' && !strchr("aeiou", before);
  const bool hisses = last == 's' || last == 'x' ||
                      (length > 2 && (strcmp(noun + length - 2, "sh") == 0 ||
                                      strcmp(noun + length - 3, "tch") == 0)); /* not an epoch */
  const char *end = n == 1 ? "" : turns ? "ies" : hisses ? "es" : "s";
  snprintf(out, FRAY_COUNTED, "%zu %.*s%s", n, (int)(length - turns), noun, end);
  return out;
}
