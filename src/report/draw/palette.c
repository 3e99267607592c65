/* Colours of series and heat maps, and the style sheet that names them. */
#include "palette.h"

/* Found by a search, and held by a test (docs/decisions/0016-figures.md). Order matters: the first
 * four differ most, as few figures have more series. */
const char *const fray_rep_colour[FRAY_REP_COLOURS] = {"#003ab0", "#9c3c00", "#00a45f", "#ae5e99",
                                                       "#a38900", "#557cdc", "#1d1f21", "#78459b"};
/* Another set, not the same made lighter: contrast and distance are judged on the ground they stand
 * on. Not for paper, which is always light. */
static const char *const on_dark[FRAY_REP_COLOURS] = {"#537be6", "#ee672b", "#2cd39b", "#b496c2",
                                                      "#e5b565", "#9cd6ff", "#e6e7e8", "#f0e442"};
/* Shades grow darker, so that a grey print keeps their order; the diverging ones do so from the
 * middle to both ends, where grey cannot tell the sides apart and the numbers must. */
const char *const fray_rep_heat[FRAY_REP_SHADES] = {"#f2f7fc", "#deebf5", "#c4dbec",
                                                    "#9fc6e0", "#72acd1", "#4a8fc0",
                                                    "#2a70a8", "#15508a", "#0a3163"};
const char *const fray_rep_diverging[FRAY_REP_SHADES] = {"#8c3a00", "#d07a42", "#e39a6a",
                                                         "#f5d0b5", "#f5f5f3", "#c0dcee",
                                                         "#7cb4d9", "#5596c6", "#0f4c81"};

/* Both shade lists are as they are on dark ground too, so this holds for both. */
bool fray_rep_white_on(bool diverging, size_t shade) {
  /* Where black would fall below a contrast of 4.5. */
  return diverging ? shade == 0 || shade == FRAY_REP_SHADES - 1 : shade >= 6;
}

/* Variables rather than colours in the drawings: a change of ground then needs no new drawing. */
void fray_rep_palette_css(bool dark, struct fray_text *out) {
  const char *const *series = dark ? on_dark : fray_rep_colour;
  for (size_t i = 0; i < FRAY_REP_COLOURS; i++)
    fray_text_printf(out, "--c%zu:%s;", i, series[i]);
  for (size_t i = 0; i < FRAY_REP_SHADES; i++)
    fray_text_printf(out, "--h%zu:%s;--d%zu:%s;", i, fray_rep_heat[i], i, fray_rep_diverging[i]);
}

/* A group of a series sets --c, its colour. `--ground` around marks and names keeps them apart
 * where they overlap. Texts over cells and hatches take no pointer events, so that the mark below
 * them is found. Of the two drawings of a figure the width of the screen picks one, without a
 * script. */
static const char rules[] =
    ".plot{display:block;width:100%;height:auto}\n"
    ".plot text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica "
    "Neue',Arial,sans-serif;fill:var(--ink)}\n"
    ".plot .tick,.plot .axis,.plot .footnote{fill:var(--muted);font-size:12px}\n"
    ".plot .panel{font-weight:600}\n.plot .footnote,.plot .place{font-size:11px}\n"
    ".plot .place{fill:var(--ink);stroke:var(--ground);stroke-width:3;paint-order:stroke}\n"
    ".plot .quiet{fill:var(--muted)}\n"
    ".grid{stroke:var(--grid);stroke-width:1;fill:none}\n"
    ".base{stroke:var(--muted);stroke-width:1;fill:none}\n"
    ".real{fill:var(--muted)}\n"
    ".chance{stroke:var(--muted);stroke-width:1.3;stroke-dasharray:5 4;fill:none}\n"
    ".level{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:2 3;fill:none}\n"
    ".level.l1{stroke-dasharray:7 3}.level.l2{stroke-dasharray:1 5}\n"
    ".diagonal{stroke:var(--muted);stroke-width:1;stroke-dasharray:1 3;fill:none}\n"
    ".line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}\n"
    ".line.control{stroke-width:1.2}\n"
    ".band{fill:var(--c);opacity:.16}\n"
    ".whisker{stroke:var(--c);stroke-width:1.5;fill:none}\n"
    ".whisker.over{stroke:var(--ink);stroke-width:1.2}\n"
    ".mark,.shape{fill:var(--c);stroke:var(--ground);stroke-width:1}\n"
    ".mark.hollow,.shape.hollow{fill:var(--ground);stroke:var(--c);stroke-width:1.3}\n"
    ".mark.dot{stroke-width:.5}\n"
    ".mark.bar{stroke:var(--c)}\n"
    ".mark.bar.hollow{stroke-dasharray:3 2}\n"
    ".hatch{pointer-events:none}\n"
    ".weave{stroke:var(--ground);stroke-width:1.6;fill:none}\n"
    ".empty{stroke:var(--muted);stroke-width:1;fill:none}\n"
    ".mark.cell{stroke:var(--ground);stroke-width:2}\n"
    ".mark.cell.none{stroke:var(--grid);stroke-width:1}\n"
    ".plot .on0{fill:#111;font-size:12px;pointer-events:none}\n"
    ".plot .on1{fill:#fff;font-size:12px;pointer-events:none}\n"
    ".plot .few{font-size:11px}\n"
    ".legend{list-style:none;padding:0;margin:.2rem 0 .6rem;display:flex;flex-wrap:wrap;"
    "gap:.2rem 1.2rem;font:.85rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\n"
    ".legend li{margin:0;overflow-wrap:anywhere}\n"
    ".legend button{all:unset;cursor:default}\n"
    ".legend svg{width:36px;height:12px;margin-right:.45rem;vertical-align:-1px}\n"
    ".narrow{display:none}\n"
    "@media (max-width:600px){.wide{display:none}.narrow{display:block}"
    ".plot.narrow{max-width:30rem}}\n";

const char *fray_rep_figure_css(void) {
  return rules;
}
