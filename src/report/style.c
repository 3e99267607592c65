#include "page.h"

/* Colours of the page; those of the drawings are in palette.c. Print is always light. */
#define LIGHT                                                                                      \
  "color-scheme:light;--ground:#fff;--ink:#1d1f21;--soft:#5c6166;--line:#d9dcdf;--panel:#f6f7f8;"  \
  "--warn:#8a4b00;--muted:var(--soft);--grid:var(--line);"
#define DARK                                                                                       \
  "color-scheme:dark;--ground:#16181a;--ink:#e6e7e8;--soft:#a3a8ad;--line:#34383c;--panel:#"       \
  "1f2224;"                                                                                        \
  "--warn:#f0b35a;--muted:var(--soft);--grid:var(--line);"

static const char style[] =
    ":root{" LIGHT "}\n"
    "@media (prefers-color-scheme:dark){:root{" DARK "}}\n"
    "@media print{:root{" LIGHT "}}\n"
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%}\n"
    "body{margin:0;background:var(--ground);color:var(--ink);"
    "font:17px/1.6 'Iowan Old Style','Palatino Linotype',Palatino,'Book Antiqua',Georgia,serif}\n"
    "main{max-width:46rem;margin:0 auto;padding:3.5rem 1.25rem 5rem}\n"
    "h1{font-size:2rem;line-height:1.2;margin:0 0 .3rem;font-weight:600;overflow-wrap:anywhere}\n"
    "h2{font-size:1.35rem;margin:3.2rem 0 .8rem;font-weight:600;overflow-wrap:anywhere}\n"
    "h4{font-size:1rem;margin:2rem 0 .4rem;font-weight:600;overflow-wrap:anywhere}\n"
    "h3{font-size:1.08rem;margin:2.4rem 0 .6rem;font-weight:600;overflow-wrap:anywhere}\n"
    ".study{border-top:1px solid var(--line);margin-top:4rem}\n"
    ".study:first-child{border:0;margin-top:0}\n"
    "p,ul{margin:.6rem 0}\nul{padding-left:1.2rem}\nli{margin:.45rem 0}\n"
    ".sub{color:var(--soft);margin:0}\n"
    ".lead{font-weight:600}\n"
    "code,pre{font:.86em/1.5 ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    "overflow-wrap:anywhere}\n"
    "pre{background:var(--panel);padding:1rem;border-radius:6px;overflow:auto;white-space:pre-wrap;"
    "font-size:.78rem}\n"
    ".warn{border-left:3px solid var(--warn);padding:.1rem 0 .1rem 1.1rem;margin:1.8rem 0}\n"
    ".warn h3{margin:.2rem 0;color:var(--warn)}\n.warn ul{font-size:.95rem}\n"
    "figure{margin:1.2rem 0 1.6rem}\n"
    "figcaption{color:var(--soft);font-size:.88rem;line-height:1.5;margin-top:.5rem}\n"
    /* A caption is as wide as what shows of its table, however wide that is. */
    ".scroll{overflow-x:auto;margin:1.1rem 0;container-type:inline-size}\n"
    "table{border-collapse:collapse;font:.84rem/1.45 system-ui,-apple-system,'Segoe "
    "UI',Roboto,"
    "'Helvetica Neue',Arial,sans-serif;font-variant-numeric:tabular-nums;min-width:100%}\n"
    "caption{text-align:left;color:var(--soft);padding-bottom:.5rem;"
    "max-width:min(calc(100vw - 4rem),43.5rem);max-width:100cqi}\n"
    "th,td{padding:.32rem .7rem;text-align:right;border-bottom:1px solid var(--line);"
    "vertical-align:baseline}\n"
    "th{font-weight:600}\nthead th{vertical-align:bottom;border-bottom:1.5px solid "
    "var(--soft)}\n"
    "th:first-child,td:first-child,.words,tbody th{text-align:left}\n"
    "th:first-child{padding-left:0}\ntbody th{font-weight:500}\n"
    ".range{color:var(--soft);white-space:nowrap}\ntd{white-space:nowrap}\n"
    ".facts td{white-space:normal;overflow-wrap:anywhere}\n.facts th{white-space:nowrap}\n"
    "small{color:var(--soft)}\n"
    "summary{cursor:pointer;margin:.8rem 0;font-size:.95rem}\n"
    "@media "
    "(max-width:600px){body{font-size:16px}main{padding-top:2rem}h1{font-size:1.6rem}"
    ".facts th{white-space:normal}}\n"
    "@media print{body{font-size:10.5pt}main{max-width:none;padding:0}"
    "figure,tr{break-inside:avoid}h2,h3,caption{break-after:avoid}.scroll{overflow:visible}"
    "table{font-size:8pt}th,td{padding:.2rem .4rem}pre{font-size:7.5pt}}\n";

const char *fray_rep_style(void) {
  return style;
}
