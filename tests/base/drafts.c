/* Files and folders in the making: whole or not there, nobody else's touched, dead makers' removed.
 */
#include "fray/base/draft.h"

#include "drafts.h"
#include "fray/base/file.h"
#include "fray/base/made.h"
#include "fray/base/size.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "ok.h"

static void put(const char *name, const char *text) {
  FILE *file = fopen(in_folder(name), "w");
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
  good(fray_draft_open(in_folder("x"), &a, &err), &err);
  good(fray_draft_open(in_folder("x"), &b, &err), &err);
  assert_string_not_equal(a.path, b.path);
  assert_int_equal(drafts_in(folder), 2);
  good(fray_draft_write(&a, "first", 5, &err), &err);
  good(fray_draft_write(&b, "second", 6, &err), &err);
  good(fray_draft_publish(&b, true, &err), &err);
  assert_holds(in_folder("x"), "second");
  good(fray_draft_publish(&a, false, &err), &err);
  assert_holds(in_folder("x"), "first");
  assert_int_equal(drafts_in(folder), 0);
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
  snprintf(path, sizeof path, "%s/%s", folder, name);
  good(fray_file_write(path, "x", 1, &err), &err);
  assert_holds(path, "x");
}

/* Links with the names of before, and with that of the file, lead nowhere. */
static void test_links_are_not_followed(void **state) {
  (void)state;
  struct fray_err err = {0};
  put("victim", "precious");
  assert_int_equal(symlink(in_folder("victim"), in_folder("x.tmp")), 0);
  assert_int_equal(symlink(in_folder("victim"), in_folder("x")), 0);
  good(fray_file_write(in_folder("x"), "new", 3, &err), &err);
  good(fray_file_replace(in_folder("x"), "newer", 5, &err), &err);
  put("from", "copied");
  good(fray_file_copy(in_folder("from"), in_folder("x"), &err), &err);
  assert_holds(in_folder("victim"), "precious");
  assert_holds(in_folder("x"), "copied");
}

static struct fray_draft child_draft;

static void hold_draft(void) {
  if (fray_draft_open(in_folder("x"), &child_draft, NULL) != FRAY_OK)
    _exit(1);
}

static void test_sweep_takes_what_is_dead(void **state) {
  (void)state;
  put("victim", "precious");
  assert_int_equal(symlink(in_folder("victim"), in_folder(".x.fray-linklink")), 0);
  assert_int_equal(mkdir(in_folder(".x.fray-folderaa"), 0777), 0);
  put(".x.fray-folderaa/notes", "mine");
  put("x.tmp", "mine");
  pid_t child = start(hold_draft);
  fray_draft_sweep(folder);
  assert_int_equal(drafts_in(folder), 3); /* the link, the folder, and the one that is held */
  end(child);
  fray_draft_sweep(folder);
  assert_int_equal(drafts_in(folder), 2);
  assert_holds(in_folder("victim"), "precious");
  assert_holds(in_folder(".x.fray-folderaa/notes"), "mine");
  assert_holds(in_folder("x.tmp"), "mine");
}

static void test_messages_name_the_target(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_draft draft;
  good(fray_draft_open(in_folder("x.h5"), &draft, &err), &err);
  fray_fail(&err, FRAY_IO, "%s: /a: No space left on device", draft.path);
  fray_draft_blame(&draft, &err);
  char expected[200];
  snprintf(expected, sizeof expected, "%s: /a: No space left on device", in_folder("x.h5"));
  assert_string_equal(err.text, expected);
  fray_draft_drop(&draft);
  fray_draft_drop(&draft);
  assert_int_equal(drafts_in(folder), 0);
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
  make(in_folder("deep/er/x/"), false, "one");
  assert_holds(in_folder("deep/er/x/a"), "one");
  assert_int_equal(stat(in_folder("deep/er/x"), &info), 0);
  assert_int_equal(info.st_mode & 0777, 0777 & ~mask);
  make(in_folder("deep/er/x"), true, "two");
  assert_holds(in_folder("deep/er/x/a"), "two");
  make(in_folder("y"), true, "three");
  assert_holds(in_folder("y/a"), "three");
  assert_int_equal(mkdir(in_folder("empty"), 0777), 0);
  make(in_folder("empty"), false, "four");
  assert_holds(in_folder("empty/a"), "four");
  /* Through a link the folder itself is replaced, and the link stays. */
  assert_int_equal(symlink(in_folder("y"), in_folder("link")), 0);
  make(in_folder("link"), true, "five");
  assert_holds(in_folder("y/a"), "five");
  assert_int_equal(lstat(in_folder("link"), &info), 0);
  assert_true(S_ISLNK(info.st_mode));
  assert_int_equal(drafts_in(folder) + drafts_in(in_folder("deep/er")), 0);
}

/* What appears there meanwhile is not replaced, and nothing is left beside it. */
static void test_what_is_there_stays(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_making m;
  good(fray_making_open(in_folder("x"), &m, &err), &err);
  assert_int_equal(mkdir(in_folder("x"), 0777), 0);
  put("x/thesis", "mine");
  refused(fray_making_publish(&m, false, &err), FRAY_INPUT, &err, "cannot put");
  assert_holds(in_folder("x/thesis"), "mine");
  assert_int_equal(drafts_in(folder), 0);
  put("file", "mine");
  refused(fray_making_open(in_folder("file/x"), &m, &err), FRAY_INPUT, &err, "Not a directory");
  assert_holds(in_folder("file"), "mine");
}

static void test_dropped_without_a_trace(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_making m;
  assert_int_equal(mkdir(in_folder("kept"), 0777), 0);
  good(fray_making_open(in_folder("kept/new/er/x"), &m, &err), &err);
  assert_true(fray_is_folder(in_folder("kept/new/er")));
  fray_making_drop(&m);
  fray_making_drop(&m);
  assert_true(fray_is_folder(in_folder("kept")));
  assert_false(fray_file_exists(in_folder("kept/new")));
}

static struct fray_making child_making;

static void hold_making(void) {
  if (fray_making_open(in_folder("x"), &child_making, NULL) != FRAY_OK)
    _exit(1);
}

static void test_one_maker_at_a_time(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_making m;
  pid_t child = start(hold_making);
  refused(fray_making_open(in_folder("x"), &m, &err), FRAY_INPUT, &err, "another fray is writing");
  SAYS(err, in_folder("x"));
  make(in_folder("y"), false, "other names are free");
  assert_int_equal(drafts_in(folder), 2); /* the child's folder and claim */
  end(child);
  make(in_folder("x"), false, "after its death");
  assert_holds(in_folder("x/a"), "after its death");
  assert_int_equal(drafts_in(folder), 0);
}

static void test_a_claim_is_no_file_of_others(void **state) {
  (void)state;
  struct fray_err err = {0};
  int claim = -1;
  char path[400];
  good(fray_claim(folder, "x", &claim, &err), &err);
  DIR *entries = opendir(folder);
  for (const struct dirent *e; (e = readdir(entries));)
    if (fray_is_claim(e->d_name))
      snprintf(path, sizeof path, "%s", e->d_name);
  closedir(entries);
  fray_claim_end(folder, "x", claim);
  assert_false(fray_file_exists(in_folder(path)));
  put(path, "mine");
  refused(fray_claim(folder, "x", &claim, &err), FRAY_INPUT, &err, "in the way");
  assert_holds(in_folder(path), "mine");
  assert_int_equal(unlink(in_folder(path)), 0);
  put("victim", "");
  assert_int_equal(symlink(in_folder("victim"), in_folder(path)), 0);
  refused(fray_claim(folder, "x", &claim, &err), FRAY_INPUT, &err, "may not be written");
}

/* Folders called like ours, of others or of another host's fray, are not. */
static void test_others_folders_stay(void **state) {
  (void)state;
  static const char *const names[] = {"x.tmp", "x.old.tmp", ".x.fray-abcdefgh", ".x.fray-bcdefghi"};
  for (size_t i = 0; i < FRAY_COUNT(names); i++) {
    char path[400];
    assert_int_equal(mkdir(in_folder(names[i]), 0777), 0);
    snprintf(path, sizeof path, "%s/thesis", names[i]);
    put(path, "mine");
  }
  put(".x.fray-abcdefgh/fray", ""); /* theirs, too: a bare marker would lie alone */
  put(".x.fray-bcdefghi/fray",
      "A folder that fray makes, or a dead fray left.\nhost elsewhere.x\n");
  make(in_folder("x"), false, "one");
  make(in_folder("x"), true, "two");
  for (size_t i = 0; i < FRAY_COUNT(names); i++) {
    char path[400];
    snprintf(path, sizeof path, "%s/thesis", names[i]);
    assert_holds(in_folder(path), "mine");
  }
}

/* Killed between making the marker and writing its text. */
static void test_a_bare_marker_goes(void **state) {
  (void)state;
  assert_int_equal(mkdir(in_folder(".x.fray-abcdefgh"), 0700), 0);
  put(".x.fray-abcdefgh/fray", "");
  make(in_folder("x"), false, "one");
  assert_int_equal(drafts_in(folder), 0);
}

/* Killed before the marker was there, after it was taken away, or while a place was tried. */
static void test_an_empty_folder_goes(void **state) {
  (void)state;
  assert_int_equal(mkdir(in_folder(".x.fray-abcdefgh"), 0700), 0);
  assert_int_equal(mkdir(in_folder(".place.fray-abcdefgh"), 0700), 0);
  assert_int_equal(mkdir(in_folder(".y.fray-abcdefgh"), 0700), 0); /* of something else */
  make(in_folder("x"), false, "one");
  assert_int_equal(drafts_in(folder), 1);
}

static void move_aside(void) {
  hold_making();
  char old[4200];
  snprintf(old, sizeof old, "%s/old", child_making.beside.path);
  if (rename(in_folder("x"), old) != 0)
    _exit(1);
}

/* Killed between taking the old folder away and putting the new one there. */
static void test_an_old_folder_comes_back(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_making m;
  make(in_folder("x"), false, "old");
  end(start(move_aside));
  assert_false(fray_file_exists(in_folder("x")));
  good(fray_making_open(in_folder("x"), &m, &err), &err);
  assert_holds(in_folder("x/a"), "old");
  fray_making_drop(&m);
  assert_holds(in_folder("x/a"), "old");
  assert_int_equal(drafts_in(folder), 0);
}

static void test_places(void **state) {
  (void)state;
  struct fray_err err = {0};
  put("file", "mine");
  assert_int_equal(symlink(in_folder("nowhere"), in_folder("dangling")), 0);
  const struct {
    const char *path, *part;
  } bad[] = {{"", "an empty one"},
             {"/dev/null/x", "Not a directory"},
             {"/proc/x", "/proc"},
             {in_folder("file"), "exists and is not a folder"},
             {in_folder("file/x"), "Not a directory"},
             {in_folder("dangling"), "a link to something that is not there"}};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++)
    refused(fray_place_check("-o", bad[i].path, &err), FRAY_INPUT, &err, bad[i].part);
  good(fray_place_check("-o", folder, &err), &err);
  good(fray_place_check("-o", in_folder("a/b/c/"), &err), &err);
  assert_false(fray_file_exists(in_folder("a")));
  assert_int_equal(drafts_in(folder), 0);
}

/* ---- a locked folder that moves ---- */

static void test_a_folder_that_moves(void **state) {
  (void)state;
  struct fray_err err = {0};
  int lock = -1;
  char where[4096], real[4096];
  assert_int_equal(mkdir(in_folder("r"), 0777), 0);
  good(fray_lock(in_folder("r"), "lock", false, 0, &lock, &err), &err);
  good(fray_file_write(in_folder("r/a"), "x", 1, &err), &err);
  assert_int_equal(rename(in_folder("r"), in_folder("s")), 0);
  refused(fray_file_write(in_folder("r/a"), "y", 1, &err), FRAY_IO, &err, "was moved");
  /* Another run's folder in its place is not written into either. */
  assert_int_equal(mkdir(in_folder("r"), 0777), 0);
  put("r/lock", "");
  refused(fray_file_write(in_folder("r/a"), "y", 1, &err), FRAY_IO, &err, "was moved");
  assert_true(fray_lock_where(in_folder("r"), where));
  assert_non_null(realpath(in_folder("s"), real));
  assert_string_equal(where, real);
  good(fray_file_write(in_folder("r2"), "names that begin alike", 1, &err), &err);
  assert_int_equal(fray_remove_tree(in_folder("s"), &err), FRAY_OK);
  assert_false(fray_lock_where(in_folder("r"), where));
  fray_unlock(lock);
  good(fray_file_write(in_folder("r/a"), "y", 1, &err), &err);
}

/* ---- what reports make ---- */

static void test_what_reports_make(void **state) {
  (void)state;
  assert_int_equal(mkdir(in_folder("f"), 0777), 0);
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
    assert_true(fray_made_figure(in_folder("f"), figures[i]));
  for (size_t i = 0; i < FRAY_COUNT(none); i++)
    assert_false(fray_made_figure(in_folder("f"), none[i]));
  for (size_t i = 0; i < FRAY_COUNT(tables); i++)
    assert_true(fray_made_table(in_folder("f"), tables[i]));
  assert_false(fray_made_table(in_folder("f"), "d.csv"));
  assert_true(fray_made_page(in_folder("f"), "page.html"));
  assert_false(fray_made_page(in_folder("f"), "mine.html"));
  assert_false(fray_made_page(in_folder("f"), "none.html"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

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
