/* One test sample at the two ends of a damage, with what the models said, as HTML. */
#ifndef REPORT_SAMPLE_CARD_H
#define REPORT_SAMPLE_CARD_H

#include "redo.h"

enum { FRAY_REP_SHOWN_SERIES = 8 }; /* rows of a card's table */

/** What cards of one damage have in common. Borrowed. */
struct fray_rep_deck {
  struct fray_rep_redo *redo;
  const struct fray_rep_axis *axis;
  const struct fray_rep_change *change;
  const char *end[2];         /* "without damage", "lost.rate 0.6" */
  size_t n;                   /* samples */
  const uint32_t *sample;     /* (n) of the test set */
  struct fray_rep_said *said; /* (pairs, 2, n) */
};
/** What is known of one of them. */
struct fray_rep_card {
  size_t place;       /* in the deck */
  size_t hit, seeds;  /* seeds whose damage hit it, of those that were looked at */
  const char *seed;   /* whose damage the values show */
  const char *values; /* HTML of fray_rep_card_values; NULL: none */
};

/** The values of the sample in both ends' damage, modality by modality. What cannot be read is said
 *  in words. MEMORY. */
enum fray_status fray_rep_card_values(const struct fray_rep_deck *deck, size_t place,
                                      const struct fray_damage damage[2], struct fray_text *out,
                                      struct fray_err *err);
/** The whole card. MEMORY. */
enum fray_status fray_rep_put_card(const struct fray_rep_deck *deck,
                                   const struct fray_rep_card *card, struct fray_text *out,
                                   struct fray_err *err);

#endif
