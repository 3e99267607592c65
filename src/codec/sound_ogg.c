/* Ogg files: pages are checked one by one, and the streams of a chain are read one after another.
 */
#include "sound_parts.h"

#include "fray/base/size.h"

#include <ogg/ogg.h>
#include <string.h>

enum { MOST_STREAMS = 16 };

struct stream { /* of one link of the chain */
  int serial;
  long page; /* the last one */
  bool sounds, ended;
};

/* Where the walk over pages stands, and what it knows of the streams of the link. */
struct walk {
  const struct sound_view *view;
  struct sound_buffer *buffer;
  struct stream stream[MOST_STREAMS];
  size_t n;
  bool began;            /* the link has pages behind the first ones of its streams */
  uint64_t at, link, in; /* of the page, of the link, read so far */
};

/* Decodes the link that ends here. A chain is several recordings in one file, such as a radio
 * stream; all are one sound here. */
static enum fray_status end_link(struct walk *w, struct fray_err *err) {
  struct sound_view part = {
      .file = w->view->file, .begin = w->view->begin + w->link, .end = w->view->begin + w->at};
  int64_t unused;
  bool flawed = false;
  for (size_t i = 0; i < w->n; i++)
    if (!w->stream[i].ended) /* a recording that nobody closed */
      w->buffer->notes |= FRAY_NOTE_HEADER;
  FRAY_TRY(sound_append_view(&part, w->buffer, &unused, &flawed, err));
  FRAY_CHECK(!flawed, err, INPUT, "damaged: it cannot be decoded to its end");
  w->link = w->at;
  w->n = 0;
  w->began = false;
  return FRAY_OK;
}

/* Pages of a stream are numbered; only behind its headers may some be missing, where a recorder
 * joined a broadcast. */
static enum fray_status take_page(struct walk *w, const ogg_page *page, struct fray_err *err) {
  if (ogg_page_bos(page)) {
    if (w->began)
      FRAY_TRY(end_link(w, err));
    FRAY_CHECK(w->n < MOST_STREAMS, err, INPUT, "more than %d streams at once", MOST_STREAMS);
    w->stream[w->n++] =
        (struct stream){.serial = ogg_page_serialno(page), .page = ogg_page_pageno(page)};
    return FRAY_OK;
  }
  w->began = true;
  struct stream *s = w->stream;
  while (s < w->stream + w->n && s->serial != ogg_page_serialno(page))
    s++;
  FRAY_CHECK(s < w->stream + w->n, err, INPUT, "damaged: page %ld belongs to no stream that began",
             ogg_page_pageno(page));
  FRAY_CHECK(!s->sounds || ogg_page_pageno(page) == s->page + 1, err, INPUT,
             "damaged: page %ld follows page %ld", ogg_page_pageno(page), s->page);
  s->page = ogg_page_pageno(page);
  s->sounds = s->sounds || ogg_page_granulepos(page) > 0;
  s->ended = s->ended || ogg_page_eos(page);
  return FRAY_OK;
}

/* Behind the last page of every stream anything may stand. */
static bool all_ended(const struct walk *w) {
  for (size_t i = 0; i < w->n; i++)
    if (!w->stream[i].ended)
      return false;
  return w->n > 0;
}

/* libogg keeps what is not a whole page yet. */
static bool refill(struct walk *w, ogg_sync_state *sync) {
  enum { PIECE = 1 << 16 };
  char *room = ogg_sync_buffer(sync, PIECE);
  size_t got = room ? sound_view_read(w->view, w->in, room, PIECE) : 0;
  w->in += got;
  return got > 0 && ogg_sync_wrote(sync, (long)got) == 0;
}

static enum fray_status walk_pages(struct walk *w, ogg_sync_state *sync, struct fray_err *err) {
  uint64_t size = sound_view_size(w->view);
  for (;;) {
    ogg_page page;
    long step = ogg_sync_pageseek(sync, &page);
    if (step == 0 && refill(w, sync))
      continue;
    if (step == 0)
      break;
    if (step < 0 && all_ended(w)) { /* something behind the end, such as a tag */
      w->buffer->notes |= FRAY_NOTE_HEADER;
      return end_link(w, err);
    }
    FRAY_CHECK(step > 0, err, INPUT, "damaged: at byte %llu is no whole page",
               (unsigned long long)w->at);
    FRAY_TRY(take_page(w, &page, err));
    w->at += (uint64_t)step;
  }
  FRAY_CHECK(w->at == size || all_ended(w), err, INPUT,
             "truncated: the last page is not whole (%llu of %llu bytes are)",
             (unsigned long long)w->at, (unsigned long long)size);
  return end_link(w, err);
}

enum fray_status sound_read_ogg(const struct sound_view *view, struct sound_buffer *buffer,
                                struct fray_err *err) {
  struct walk w = {.view = view, .buffer = buffer};
  ogg_sync_state sync;
  ogg_sync_init(&sync);
  enum fray_status status = walk_pages(&w, &sync, err);
  ogg_sync_clear(&sync);
  return status;
}
