/* Files and folders in the making: whole or not there, nobody else's touched, dead makers' removed.
 */
#include "fray/base/draft.h"

#include "drafts.h"
#include "fray/base/file.h"
#include "fray/base/made.h"
#include "fray/base/size.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char bench[64];

static int setup(void **state) {
  (void)state;
  strcpy(bench, "/tmp/fray-drafts-XXXXXX");
  return mkdtemp(bench) ? 0 : -1;
}

static int teardown(void **state) {
  (void)state;
  return fray_remove_tree(bench, NULL) == FRAY_OK ? 0 : -1;
}

/* BENCH/name; valid until the next call but seven. */
static const char *in(const char *name) {
  static char paths[8][600];
  static unsigned next;
  char *path = paths[next++ % 8];
  snprintf(path, 600, "%s/%s", bench, name);
  return path;
}

static void put(const char *name, const char *text) {
  FILE *file = fopen(in(name), "w");
  assert_non_null(file);
  fputs(text, file);
  assert_int_equal(fclose(file), 0);
}

static void assert_holds(const char *path, const char *text) {
  struct fray_text got = {0};
  struct fray_err err = {0};
  if (fray_file_read(path, 1000, &got, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_string_equal(got.data, text);
  fray_text_free(&got);
}

static void good(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

static void refused(enum fray_status status, enum fray_status expected, const struct fray_err *err,
                    const char *part) {
  if (status != expected || !strstr(err->text, part))
    fail_msg("status %d, expected %d with \"%s\": %s", (int)status, (int)expected, part, err->text);
}

/* A process that does something, says so, and waits to be killed. */
static pid_t start(void (*what)(void)) {
  int ready[2];
  char byte;
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    what();
    if (write(ready[1], "x", 1) != 1)
      _exit(1);
    for (;;)
      pause();
  }
  close(ready[1]);
  assert_int_equal(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  return child;
}

static void end(pid_t child) {
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, NULL, 0), child);
}

/* ---- files ---- */

static void test_two_drafts_of_one_file(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_draft a, b;
  good(fray_draft_open(in("x"), &a, &err), &err);
  good(fray_draft_open(in("x"), &b, &err), &err);
  assert_string_not_equal(a.path, b.path);
  assert_int_equal(drafts_in(bench), 2);
  good(fray_draft_write(&a, "first", 5, &err), &err);
  good(fray_draft_write(&b, "second", 6, &err), &err);
  good(fray_draft_publish(&b, true, &err), &err);
  assert_holds(in("x"), "second");
  good(fray_draft_publish(&a, false, &err), &err);
  assert_holds(in("x"), "first");
  assert_int_equal(drafts_in(bench), 0);
}

static void test_names(void **state) {
  (void)state;
  static const char *const ours[] = {".x.fray-abcdefgh", ".a.b.fray-zzzz2345", "..fray-abcdefgh"};
  static const char *const theirs[] = {
      "x.fray-abcdefgh", ".fray-abcdefgh.txt", ".x.fray-abcdefg1", ".x.fray-abcdefghi",
      "x.tmp",           ".x.fray-abc"};
  for (size_t i = 0; i < FRAY_COUNT(ours); i++)
    assert_true(fray_is_draft(ours[i]));
  for (size_t i = 0; i < FRAY_COUNT(theirs); i++)
    assert_false(fray_is_draft(theirs[i]));
  assert_true(fray_is_claim(".fray-0123456789abcdef.lock"));
  assert_false(fray_is_claim(".fray-0123456789abcdef.lock2"));
  /* A name as long as names may be has drafts too. */
  char name[256], path[400];
  struct fray_err err = {0};
  memset(name, 'n', 255);
  name[255] = '\0';
  snprintf(path, sizeof path, "%s/%s", bench, name);
  good(fray_file_write(path, "x", 1, &err), &err);
  assert_holds(path, "x");
}

/* Links with the names of before, and with that of the file, lead nowhere. */
static void test_links_are_not_followed(void **state) {
  (void)state;
  struct fray_err err = {0};
  put("victim", "precious");
  assert_int_equal(symlink(in("victim"), in("x.tmp")), 0);
  assert_int_equal(symlink(in("victim"), in("x")), 0);
  good(fray_file_write(in("x"), "new", 3, &err), &err);
  good(fray_file_replace(in("x"), "newer", 5, &err), &err);
  put("from", "copied");
  good(fray_file_copy(in("from"), in("x"), &err), &err);
  assert_holds(in("victim"), "precious");
  assert_holds(in("x"), "copied");
}

static struct fray_draft child_draft;

static void hold_draft(void) {
  if (fray_draft_open(in("x"), &child_draft, NULL) != FRAY_OK)
    _exit(1);
}

static void test_sweep_takes_what_is_dead(void **state) {
  (void)state;
  put("victim", "precious");
  assert_int_equal(symlink(in("victim"), in(".x.fray-linklink")), 0);
  assert_int_equal(mkdir(in(".x.fray-folderaa"), 0777), 0);
  put(".x.fray-folderaa/notes", "mine");
  put("x.tmp", "mine");
  pid_t child = start(hold_draft);
  fray_draft_sweep(bench);
  assert_int_equal(drafts_in(bench), 3); /* the link, the folder, and the one that is held */
  end(child);
  fray_draft_sweep(bench);
  assert_int_equal(drafts_in(bench), 2);
  assert_holds(in("victim"), "precious");
  assert_holds(in(".x.fray-folderaa/notes"), "mine");
  assert_holds(in("x.tmp"), "mine");
}

static void test_messages_name_the_target(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_draft draft;
  good(fray_draft_open(in("x.h5"), &draft, &err), &err);
  fray_fail(&err, FRAY_IO, "%s: /a: No space left on device", draft.path);
  fray_draft_blame(&draft, &err);
  char expected[200];
  snprintf(expected, sizeof expected, "%s: /a: No space left on device", in("x.h5"));
  assert_string_equal(err.text, expected);
  fray_draft_drop(&draft);
  fray_draft_drop(&draft);
  assert_int_equal(drafts_in(bench), 0);
}

/* ---- folders ---- */

static void make(const char *target, bool replaces, const char *text) {
  struct fray_err err = {0};
  struct fray_making m;
  char path[4200];
  good(fray_making_open(target, &m, &err), &err);
  snprintf(path, sizeof path, "%s/a", m.path);
  good(fray_file_write(path, text, strlen(text), &err), &err);
  good(fray_making_publish(&m, replaces, &err), &err);
  fray_making_drop(&m);
}

static void test_a_folder_is_put_in_place(void **state) {
  (void)state;
  struct stat info;
  mode_t mask = umask(022);
  umask(mask);
  make(in("deep/er/x/"), false, "one");
  assert_holds(in("deep/er/x/a"), "one");
  assert_int_equal(stat(in("deep/er/x"), &info), 0);
  assert_int_equal(info.st_mode & 0777, 0777 & ~mask);
  make(in("deep/er/x"), true, "two");
  assert_holds(in("deep/er/x/a"), "two");
  make(in("y"), true, "three");
  assert_holds(in("y/a"), "three");
  assert_int_equal(mkdir(in("empty"), 0777), 0);
  make(in("empty"), false, "four");
  assert_holds(in("empty/a"), "four");
  /* Through a link the folder itself is replaced, and the link stays. */
  assert_int_equal(symlink(in("y"), in("link")), 0);
  make(in("link"), true, "five");
  assert_holds(in("y/a"), "five");
  assert_int_equal(lstat(in("link"), &info), 0);
  assert_true(S_ISLNK(info.st_mode));
  assert_int_equal(drafts_in(bench) + drafts_in(in("deep/er")), 0);
}

/* What appears there meanwhile is not replaced, and nothing is left beside it. */
static void test_what_is_there_stays(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_making m;
  good(fray_making_open(in("x"), &m, &err), &err);
  assert_int_equal(mkdir(in("x"), 0777), 0);
  put("x/thesis", "mine");
  refused(fray_making_publish(&m, false, &err), FRAY_INPUT, &err, "cannot put");
  assert_holds(in("x/thesis"), "mine");
  assert_int_equal(drafts_in(bench), 0);
  put("file", "mine");
  refused(fray_making_open(in("file/x"), &m, &err), FRAY_INPUT, &err, "Not a directory");
  assert_holds(in("file"), "mine");
}

static void test_dropped_without_a_trace(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_making m;
  assert_int_equal(mkdir(in("kept"), 0777), 0);
  good(fray_making_open(in("kept/new/er/x"), &m, &err), &err);
  assert_true(fray_is_folder(in("kept/new/er")));
  fray_making_drop(&m);
  fray_making_drop(&m);
  assert_true(fray_is_folder(in("kept")));
  assert_false(fray_file_exists(in("kept/new")));
}

static struct fray_making child_making;

static void hold_making(void) {
  if (fray_making_open(in("x"), &child_making, NULL) != FRAY_OK)
    _exit(1);
}

static void test_one_maker_at_a_time(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_making m;
  pid_t child = start(hold_making);
  refused(fray_making_open(in("x"), &m, &err), FRAY_INPUT, &err, "another fray is writing");
  assert_non_null(strstr(err.text, in("x")));
  make(in("y"), false, "other names are free");
  assert_int_equal(drafts_in(bench), 2); /* the child's folder and claim */
  end(child);
  make(in("x"), false, "after its death");
  assert_holds(in("x/a"), "after its death");
  assert_int_equal(drafts_in(bench), 0);
}

static void test_a_claim_is_no_file_of_others(void **state) {
  (void)state;
  struct fray_err err = {0};
  int claim = -1;
  char path[400];
  good(fray_claim(bench, "x", &claim, &err), &err);
  DIR *entries = opendir(bench);
  for (const struct dirent *e; (e = readdir(entries));)
    if (fray_is_claim(e->d_name))
      snprintf(path, sizeof path, "%s", e->d_name);
  closedir(entries);
  fray_claim_end(bench, "x", claim);
  assert_false(fray_file_exists(in(path)));
  put(path, "mine");
  refused(fray_claim(bench, "x", &claim, &err), FRAY_INPUT, &err, "in the way");
  assert_holds(in(path), "mine");
  assert_int_equal(unlink(in(path)), 0);
  put("victim", "");
  assert_int_equal(symlink(in("victim"), in(path)), 0);
  refused(fray_claim(bench, "x", &claim, &err), FRAY_INPUT, &err, "may not be written");
}

/* Folders called like ours, of others or of another host's fray, are not. */
static void test_others_folders_stay(void **state) {
  (void)state;
  static const char *const names[] = {"x.tmp", "x.old.tmp", ".x.fray-abcdefgh", ".x.fray-bcdefghi"};
  for (size_t i = 0; i < FRAY_COUNT(names); i++) {
    char path[400];
    assert_int_equal(mkdir(in(names[i]), 0777), 0);
    snprintf(path, sizeof path, "%s/thesis", names[i]);
    put(path, "mine");
  }
  put(".x.fray-abcdefgh/fray", ""); /* theirs, too: a bare marker would lie alone */
  put(".x.fray-bcdefghi/fray",
      "A folder that fray makes, or a dead fray left.\nhost elsewhere.x\n");
  make(in("x"), false, "one");
  make(in("x"), true, "two");
  for (size_t i = 0; i < FRAY_COUNT(names); i++) {
    char path[400];
    snprintf(path, sizeof path, "%s/thesis", names[i]);
    assert_holds(in(path), "mine");
  }
}

/* Killed between making the marker and writing its text. */
static void test_a_bare_marker_goes(void **state) {
  (void)state;
  assert_int_equal(mkdir(in(".x.fray-abcdefgh"), 0700), 0);
  put(".x.fray-abcdefgh/fray", "");
  make(in("x"), false, "one");
  assert_int_equal(drafts_in(bench), 0);
}

/* Killed before the marker was there, after it was taken away, or while a place was tried. */
static void test_an_empty_folder_goes(void **state) {
  (void)state;
  assert_int_equal(mkdir(in(".x.fray-abcdefgh"), 0700), 0);
  assert_int_equal(mkdir(in(".place.fray-abcdefgh"), 0700), 0);
  assert_int_equal(mkdir(in(".y.fray-abcdefgh"), 0700), 0); /* of something else */
  make(in("x"), false, "one");
  assert_int_equal(drafts_in(bench), 1);
}

static void move_aside(void) {
  hold_making();
  char old[4200];
  snprintf(old, sizeof old, "%s/old", child_making.beside.path);
  if (rename(in("x"), old) != 0)
    _exit(1);
}

/* Killed between taking the old folder away and putting the new one there. */
static void test_an_old_folder_comes_back(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_making m;
  make(in("x"), false, "old");
  end(start(move_aside));
  assert_false(fray_file_exists(in("x")));
  good(fray_making_open(in("x"), &m, &err), &err);
  assert_holds(in("x/a"), "old");
  fray_making_drop(&m);
  assert_holds(in("x/a"), "old");
  assert_int_equal(drafts_in(bench), 0);
}

static void test_places(void **state) {
  (void)state;
  struct fray_err err = {0};
  put("file", "mine");
  assert_int_equal(symlink(in("nowhere"), in("dangling")), 0);
  const struct {
    const char *path, *part;
  } bad[] = {{"", "an empty one"},
             {"/dev/null/x", "Not a directory"},
             {"/proc/x", "/proc"},
             {in("file"), "exists and is not a folder"},
             {in("file/x"), "Not a directory"},
             {in("dangling"), "a link to something that is not there"}};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++)
    refused(fray_place_check("-o", bad[i].path, &err), FRAY_INPUT, &err, bad[i].part);
  good(fray_place_check("-o", bench, &err), &err);
  good(fray_place_check("-o", in("a/b/c/"), &err), &err);
  assert_false(fray_file_exists(in("a")));
  assert_int_equal(drafts_in(bench), 0);
}

/* ---- a locked folder that moves ---- */

static void test_a_folder_that_moves(void **state) {
  (void)state;
  struct fray_err err = {0};
  int lock = -1;
  char where[4096], real[4096];
  assert_int_equal(mkdir(in("r"), 0777), 0);
  good(fray_lock(in("r"), "lock", false, 0, &lock, &err), &err);
  good(fray_file_write(in("r/a"), "x", 1, &err), &err);
  assert_int_equal(rename(in("r"), in("s")), 0);
  refused(fray_file_write(in("r/a"), "y", 1, &err), FRAY_IO, &err, "was moved");
  /* Another run's folder in its place is not written into either. */
  assert_int_equal(mkdir(in("r"), 0777), 0);
  put("r/lock", "");
  refused(fray_file_write(in("r/a"), "y", 1, &err), FRAY_IO, &err, "was moved");
  assert_true(fray_lock_where(in("r"), where));
  assert_non_null(realpath(in("s"), real));
  assert_string_equal(where, real);
  good(fray_file_write(in("r2"), "names that begin alike", 1, &err), &err);
  assert_int_equal(fray_remove_tree(in("s"), &err), FRAY_OK);
  assert_false(fray_lock_where(in("r"), where));
  fray_unlock(lock);
  good(fray_file_write(in("r/a"), "y", 1, &err), &err);
}

/* ---- what reports make ---- */

static void test_what_reports_make(void **state) {
  (void)state;
  assert_int_equal(mkdir(in("f"), 0777), 0);
  put("f/a.gp", FRAY_MADE_FIGURE_SCRIPT "a: gnuplot -d a.gp\n");
  put("f/a.svg", "");
  put("f/b.csv", FRAY_MADE_FIGURE_CSV);
  put("f/c.gp", "# Draws d: another's\n");
  put("f/c.png", "");
  put("f/d.csv", "x,y\n1,2\n");
  put("f/methods.csv", "axis,series,measure,unit,value,low,high,status\n");
  put("f/measures.csv", "measure,axis,condition\n");
  put("f/methods.tex", FRAY_MADE_LATEX);
  put("f/columns.csv", "file,column,type,unit,meaning,empty\n");
  put("f/page.html", "<!DOCTYPE html>\n<title>x" FRAY_MADE_PAGE);
  put("f/mine.html", "<!DOCTYPE html>\n<title>x</title>");
  static const char *const figures[] = {"a.gp", "a.svg", "b.csv"}, *const none[] = {
                                                                       "c.gp",       "c.png",
                                                                       "d.csv",      "a.txt",
                                                                       "b",          "e.svg",
                                                                       "methods.csv"};
  static const char *const tables[] = {"methods.csv", "measures.csv", "methods.tex", "columns.csv"};
  for (size_t i = 0; i < FRAY_COUNT(figures); i++)
    assert_true(fray_made_figure(in("f"), figures[i]));
  for (size_t i = 0; i < FRAY_COUNT(none); i++)
    assert_false(fray_made_figure(in("f"), none[i]));
  for (size_t i = 0; i < FRAY_COUNT(tables); i++)
    assert_true(fray_made_table(in("f"), tables[i]));
  assert_false(fray_made_table(in("f"), "d.csv"));
  assert_true(fray_made_page(in("f"), "page.html"));
  assert_false(fray_made_page(in("f"), "mine.html"));
  assert_false(fray_made_page(in("f"), "none.html"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_two_drafts_of_one_file),
      TEST(test_names),
      TEST(test_links_are_not_followed),
      TEST(test_sweep_takes_what_is_dead),
      TEST(test_messages_name_the_target),
      TEST(test_a_folder_is_put_in_place),
      TEST(test_what_is_there_stays),
      TEST(test_dropped_without_a_trace),
      TEST(test_one_maker_at_a_time),
      TEST(test_a_claim_is_no_file_of_others),
      TEST(test_others_folders_stay),
      TEST(test_a_bare_marker_goes),
      TEST(test_an_empty_folder_goes),
      TEST(test_an_old_folder_comes_back),
      TEST(test_places),
      TEST(test_a_folder_that_moves),
      TEST(test_what_reports_make),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
