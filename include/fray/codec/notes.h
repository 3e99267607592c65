/* What a decoder did to a file's values so that a shard can hold them. */
#ifndef FRAY_CODEC_NOTES_H
#define FRAY_CODEC_NOTES_H

/** One row a note: name (for counts, "3 clipped"), and the words that a warning uses. A reader sets
 *  the bits in `notes` of struct fray_sound or struct fray_image; import counts them per modality
 * and names files. */
#define FRAY_NOTES(X)                                                                              \
  X(CLIPPED, "clipped", "values beyond full scale were clipped")                                   \
  X(SCALED, "scaled", "values were scaled to full scale")                                          \
  X(CONSTANT, "constant", "every value is the same")                                               \
  X(SILENT, "all zero", "every value is zero")                                                     \
  X(QUIET, "nearly all zero", "values are so small that 16 bits hold hardly any of them")          \
  X(RESAMPLED, "resampled", "brought to the modality's sampling rate")                             \
  X(MIXED, "mixed", "channels were mixed into one")                                                \
  X(HEADER, "with a header that differs", "the header announces another length than the file has") \
  X(TURNED, "turned", "turned as the EXIF orientation asks")                                       \
  X(COMPOSITED, "laid on white", "transparent pixels were laid on white")                          \
  X(CONVERTED, "converted", "colours were converted (grey to RGB, RGB to grey, or inks to RGB)")   \
  X(DEPTH, "reduced to 8 bits", "16-bit values were reduced to 8 bits")                            \
  X(DARK, "using few of their bits",                                                               \
    "16-bit values use only a small part of their range; `maximum` says which of them is white")   \
  X(LEFTOVER, "with bytes left over",                                                              \
    "bytes are left over behind the last pixel; the picture may be damaged")                       \
  X(FILLED, "with filled gaps", "missing numbers were filled by straight lines")                   \
  X(TRIMMED, "trimmed", "quiet was left out at the ends")                                          \
  X(SHORTENED, "cut short", "sounds were cut to `max_seconds`")                                    \
  X(LEVELLED, "brought to one loudness", "values were multiplied to reach the loudness")           \
  X(LIMITED, "quieter than asked for",                                                             \
    "more gain would have clipped them; a lower `rms_db` is reached by all")                       \
  X(CROPPED, "cropped", "the sides were cut to the shape that was asked for")                      \
  X(PADDED, "padded", "edges were added to reach the shape that was asked for")                    \
  X(FILM, "the first of several", "the file holds several pictures, of which the first is read")

enum fray_note_index {
#define X(name, count, words) FRAY_NOTE_INDEX_##name,
  FRAY_NOTES(X)
#undef X
      FRAY_NOTE_KINDS
};
enum fray_note_bit {
#define X(name, count, words) FRAY_NOTE_##name = 1 << FRAY_NOTE_INDEX_##name,
  FRAY_NOTES(X)
#undef X
};

#endif
