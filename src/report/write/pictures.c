/* The pictures beside a page, and the places of the page that link to them: a link stands only
 * below a file that was written, which is known last. */
#include "pictures.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/size.h"

/* A place of the body where the links of a figure belong. */
struct fray_rep_links {
  size_t at;
  const struct fray_rep_figure *figure;
};

enum { FORMATS = FRAY_REP_SVG | FRAY_REP_PNG | FRAY_REP_PDF | FRAY_REP_CSV };

/* All figures of all studies at once: gnuplot takes its time to start. The folder has a claim of
 * its own, the one that fray_report_figures takes: both draw there. */
enum fray_status fray_rep_pictures_begin(const char *out, struct fray_rep_figures *figures,
                                         struct fray_arena *arena, struct fray_rep_pictures *p,
                                         struct fray_err *err) {
  static const struct fray_rep_paper paper;
  *p = (struct fray_rep_pictures){.figures = figures, .arena = arena};
  p->folder = fray_arena_printf(arena, "%s/figures", out);
  FRAY_CHECK(p->folder, err, MEMORY, "out of memory");
  FRAY_ALLOC(p->links, arena, figures->n, err);
  FRAY_TRY(fray_make_folders(p->folder, err));
  FRAY_TRY(fray_claim(p->folder, "report", &p->claim, err));
  const enum fray_status begun = fray_rep_draw_begin(figures->v, figures->n, p->folder, FORMATS,
                                                     &paper, arena, &p->drawing, err);
  if (begun != FRAY_OK)
    fray_claim_end(p->folder, "report", p->claim);
  return begun;
}

/* A figure that stands twice has links the first time alone. */
void fray_rep_pictures_here(struct fray_rep_pictures *p, const struct fray_rep_figure *figure,
                            struct fray_text *body) {
  if (p->n_links < p->figures->n)
    p->links[p->n_links++] = (struct fray_rep_links){body->size, figure};
}

/* No link to a file that is not there: gnuplot may be missing, or may have failed on this figure
 * alone. The address is relative, so that a report can be moved with its folder. */
static void put_link(struct fray_text *out, const struct fray_rep_figure *f, unsigned format,
                     const char *ending) {
  if (f->drawn & format)
    fray_text_printf(out, " <a href=\"figures/%s.%s\">%s</a>", f->name, ending, ending);
}

static void put_links(const struct fray_rep_pictures *p, struct fray_rep_page *page) {
  struct fray_text *body = &page->body, all = {0};
  size_t from = 0, above = 0; /* bytes of the old body that are over; of links above the contents */
  for (size_t i = 0; i < p->n_links; i++) {
    const struct fray_rep_figure *f = p->links[i].figure;
    fray_text_add(&all, body->data + from, p->links[i].at - from);
    from = p->links[i].at;
    const size_t before = all.size;
    put_link(&all, f, FRAY_REP_CSV, "csv");
    put_link(&all, f, FRAY_REP_SVG, "svg");
    put_link(&all, f, FRAY_REP_PNG, "png");
    put_link(&all, f, FRAY_REP_PDF, "pdf");
    put_link(&all, f, FRAY_REP_PDF, "tex");
    above += from < page->n_first ? all.size - before : 0;
  }
  if (body->size > from)
    fray_text_add(&all, body->data + from, body->size - from);
  fray_text_free(body);
  *body = all;
  page->n_first += above;
}

/* A missing gnuplot is no failure: the complaint and the formats that each figure got tell of it.
 */
enum fray_status fray_rep_pictures_end(struct fray_rep_pictures *p, struct fray_rep_page *page,
                                       struct fray_err *err) {
  if (!p->drawing)
    return FRAY_OK;
  p->complaint = fray_rep_draw_end(p->drawing);
  p->drawing = NULL;
  const enum fray_status dropped =
      fray_rep_drop_old_figures(p->figures->v, p->figures->n, p->folder, p->arena, err);
  fray_claim_end(p->folder, "report", p->claim);
  for (size_t i = 0; i < p->figures->n; i++)
    p->n_missing += p->figures->v[i].drawn != FORMATS;
  if (!page->body.failed)
    put_links(p, page);
  return dropped;
}
