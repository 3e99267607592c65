/* gnuplot beside the program: shares of figures give the bytes of one process, sheets have the dots
 * that they speak of, and no gnuplot outlives a report that was killed. */
#include "folder.h"
#include "gallery.h"
#include "report/draw/draw.h"

#include "fray/base/machine.h"
#include "fray/base/size.h"

#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct gallery {
  struct fray_arena arena;
  struct fray_rep_figures figures;
};

static void draw_all(const char *folder, unsigned formats) {
  const struct fray_rep_paper paper = {0};
  struct gallery g = {0};
  const char *reason;
  struct fray_err err = {0};
  assert_int_equal(gallery_make(&g.arena, false, &g.figures, NULL), FRAY_OK);
  if (fray_rep_draw(g.figures.v, g.figures.n, folder, formats, &paper, &g.arena, &reason, &err) !=
      FRAY_OK)
    fail_msg("%s", err.text);
  assert_null(reason);
  fray_arena_free(&g.arena);
}

/* Every figure of the gallery, on one core and on all. */
static void shares_change_no_byte(void **state) {
  const char *folder = *state;
  cpu_set_t all, one;
  struct gallery g = {0};
  if (access("/usr/bin/gnuplot", X_OK) != 0 || fray_cores() < 2)
    skip();
  assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
  CPU_ZERO(&one);
  for (size_t c = 0; c < CPU_SETSIZE && CPU_COUNT(&one) == 0; c++)
    if (CPU_ISSET(c, &all))
      CPU_SET(c, &one);
  char name[2][600];
  snprintf(name[0], sizeof name[0], "%s/one", folder);
  snprintf(name[1], sizeof name[1], "%s/all", folder);
  for (int k = 0; k < 2; k++) {
    assert_int_equal(mkdir(name[k], 0755), 0);
    assert_int_equal(sched_setaffinity(0, sizeof all, k ? &all : &one), 0);
    draw_all(name[k], FRAY_REP_SVG);
  }
  assert_int_equal(gallery_make(&g.arena, false, &g.figures, NULL), FRAY_OK);
  for (size_t i = 0; i < g.figures.n; i++) {
    char file[300];
    snprintf(file, sizeof file, "%s.svg", g.figures.v[i].name);
    struct fray_text a = slurp(path_in(name[0], file)), b = slurp(path_in(name[1], file));
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    fray_text_free(&a);
    fray_text_free(&b);
  }
  fray_arena_free(&g.arena);
}

static uint32_t number_at(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Of PNG, as its standard has it. */
static uint32_t sum_of(const unsigned char *p, size_t n) {
  uint32_t sum = UINT32_MAX;
  for (size_t i = 0; i < n; i++) {
    sum ^= p[i];
    for (int bit = 0; bit < 8; bit++)
      sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum;
}

/* The same figure of one panel, and of so many that no page holds them: both say how many dots they
 * have to the inch, and are as wide as paper. */
static void high_sheets_have_fewer_dots(void **state) {
  const char *folder = *state;
  const struct fray_rep_paper paper = {.width = 17.5 / 2.54 * 72};
  struct gallery g = {0};
  enum { MANY = 100 };
  if (access("/usr/bin/gnuplot", X_OK) != 0)
    skip();
  assert_int_equal(gallery_make(&g.arena, false, &g.figures, NULL), FRAY_OK);
  struct fray_rep_figure f = g.figures.v[0];
  struct fray_rep_panel *panel = fray_arena_zero(&g.arena, MANY, sizeof *panel);
  assert_non_null(panel);
  for (size_t p = 0; p < MANY; p++)
    panel[p] = f.panel[0];
  f.panel = panel;
  f.n_rows = f.n_columns = 0;
  for (int k = 0; k < 2; k++) {
    const char *reason, *name = k ? "high" : "low";
    char file[32];
    f.name = name;
    f.n_panels = k ? MANY : 1;
    assert_int_equal(fray_rep_draw(&f, 1, folder, FRAY_REP_PNG, &paper, &g.arena, &reason, NULL),
                     FRAY_OK);
    assert_null(reason);
    snprintf(file, sizeof file, "%s.png", name);
    struct fray_text png = slurp(path_in(folder, file));
    const unsigned char *head = (const unsigned char *)png.data + 8, *dots = head + 25;
    assert_true(png.size > 54 && memcmp(dots + 4, "pHYs", 4) == 0);
    assert_int_equal(number_at(dots + 8), k ? 5906 : 11811);
    assert_int_equal(number_at(dots + 17), sum_of(dots + 4, 13));
    assert_int_equal(number_at(head + 8), k ? 1033 : 2067);
    assert_int_equal(number_at(head + 12) > 0.297 * number_at(dots + 8), k); /* metres */
    fray_text_free(&png);
  }
  fray_arena_free(&g.arena);
}

/* True of a process that is gone, or whose number alone is left. */
static bool has_ended(int pid) {
  char path[64], status = 'Z';
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (file) {
    if (fscanf(file, "%*d (%*[^)]) %c", &status) != 1)
      status = 'Z';
    fclose(file);
  }
  return status == 'Z';
}

/* Its first line, as soon as it is whole; 0: not yet. */
static int number_in(const char *path) {
  int pid = 0;
  FILE *file = fopen(path, "r");
  if (file && fscanf(file, "%d\n", &pid) != 1)
    pid = 0;
  if (file)
    fclose(file);
  return pid;
}

static void a_killed_report_leaves_no_gnuplot(void **state) {
  const char *folder = *state;
  static const struct timespec moment = {.tv_nsec = 10000000};
  char script[2000], path[600], said[600];
  snprintf(said, sizeof said, "%s/pid", folder);
  snprintf(script, sizeof script, "#!/bin/sh\necho $$ >%s.new\nmv %s.new %s\nexec sleep 100\n",
           said, said, said);
  put_file(path_in(folder, "gnuplot"), script, strlen(script));
  assert_int_equal(chmod(path_in(folder, "gnuplot"), 0755), 0);
  const pid_t report = fork();
  if (report == 0) {
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", folder);
    setenv("PATH", path, 1);
    draw_all(folder, FRAY_REP_SVG);
    _exit(0);
  }
  for (int i = 0; i < 2000 && !number_in(said); i++)
    nanosleep(&moment, NULL);
  const int drawing = number_in(said);
  assert_true(drawing > 0);
  assert_false(has_ended(drawing));
  assert_int_equal(kill(report, SIGKILL), 0);
  assert_int_equal(waitpid(report, NULL, 0), report);
  for (int i = 0; i < 2000 && !has_ended(drawing); i++)
    nanosleep(&moment, NULL);
  assert_true(has_ended(drawing));
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {OWN(shares_change_no_byte), OWN(high_sheets_have_fewer_dots),
                                     OWN(a_killed_report_leaves_no_gnuplot)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
