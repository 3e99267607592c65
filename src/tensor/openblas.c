/* The door to the OpenBLAS library, which is loaded when the program runs, not with it.
 *
 * Loaded with the program it starts a thread for every core before main, and where memory is
 * limited it asks for its buffer again and again, for ever, also before main. Here it is told to
 * have one thread, and the room for its buffer is looked for, before it is loaded; and the buffer
 * is taken by a first product, so that it is there when the numbers come.
 * docs/decisions/0028-process-start.md */
#include "openblas.h"

#include "fray/base/machine.h"
#include "fray/base/size.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

/* What it takes of the address space: its code and tables 40 MiB, its one buffer 128 MiB (0.3.21,
 * x86-64). */
enum { ROOM = 192 << 20 };

/* Other builds may want more than ROOM. As they would never end, a clock of processor time does it
 * where memory is limited; loading takes 0.1 s. */
enum { MOST_SECONDS = 10 };

static void give_up(int number) {
  static const char text[] =
      "fray: error: OpenBLAS finds no memory for its buffer; the address space or the data "
      "are limited (ulimit -v, ulimit -d): ulimit -v unlimited, or ask the batch system for more\n";
  (void)number;
  (void)!write(STDERR_FILENO, text, sizeof text - 1);
  _exit(2);
}

static void set_clock(int seconds) {
  const struct itimerval clock = {.it_value.tv_sec = seconds};
  setitimer(ITIMER_PROF, &clock, NULL);
}

/* A product that is large enough for every kernel to pack it into the buffer. */
static void take_buffer(const struct openblas *blas) {
  enum { SIDE = 128 };
  float *memory = calloc((size_t)3 * SIDE * SIDE, sizeof *memory);
  if (!memory)
    return;
  blas->sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, memory, SIDE,
              memory + SIDE * SIDE, SIDE, 0, memory + 2 * SIDE * SIDE, SIDE);
  free(memory);
}

/* Its fourteen thousand references to its own functions are looked for in itself first, not in each
 * of the seventy libraries of the program: that is a quarter of the time of a start. Sanitizers
 * refuse it. */
#if defined(RTLD_DEEPBIND) && !defined(FRAY_SANITIZED)
enum { HOW = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND };
#else
enum { HOW = RTLD_NOW | RTLD_LOCAL };
#endif

/* By the name that programs linked with it look for, else where it was when fray was built. */
static void *open_library(struct fray_err *err) {
  void *library = dlopen(FRAY_OPENBLAS_NAME, HOW);
  if (library)
    return library;
  char why[512];
  const char *text = dlerror();
  snprintf(why, sizeof why, "%s", text ? text : FRAY_OPENBLAS_NAME);
  library = dlopen(FRAY_OPENBLAS_FILE, HOW);
  if (!library)
    fray_fail(err, FRAY_INPUT,
              "OpenBLAS cannot be loaded (%s); install it (Debian: libopenblas0-pthread), or name "
              "its folder in LD_LIBRARY_PATH",
              why);
  return library;
}

static enum fray_status find_functions(void *library, struct openblas *out, struct fray_err *err) {
  const struct {
    const char *name;
    void *at;
  } wanted[] = {{"cblas_sgemm", &out->sgemm},
                {"openblas_get_config", &out->config},
                {"openblas_get_corename", &out->corename},
                {"openblas_set_num_threads", &out->set_num_threads}};
  for (size_t i = 0; i < FRAY_COUNT(wanted); i++) {
    void *function = dlsym(library, wanted[i].name);
    FRAY_CHECK(function, err, INPUT, "%s has no function %s: it is no OpenBLAS that fray can use",
               FRAY_OPENBLAS_NAME, wanted[i].name);
    memcpy(wanted[i].at, &function, sizeof function);
  }
  return FRAY_OK;
}

enum openblas_level openblas_level_of(const char *kernel) {
  static const char *const avx512[] = {"SkylakeX", "Cooperlake", "SapphireRapids"};
  static const char *const avx2[] = {"Haswell", "Zen", "Excavator"};
  for (size_t i = 0; i < FRAY_COUNT(avx512); i++)
    if (strcmp(kernel, avx512[i]) == 0)
      return OPENBLAS_AVX512;
  for (size_t i = 0; i < FRAY_COUNT(avx2); i++)
    if (strcmp(kernel, avx2[i]) == 0)
      return OPENBLAS_AVX2;
  return OPENBLAS_LESS;
}

/* What the kernels of each level use, so that the one that is asked for can run. */
enum openblas_level openblas_level_of_cpu(void) {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return OPENBLAS_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return OPENBLAS_AVX2;
#endif
  return OPENBLAS_LESS;
}

/* A kernel of that level which every build for many CPUs has. */
static const char *kernel_of(enum openblas_level level) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (level == OPENBLAS_AVX512 && __builtin_cpu_supports("avx512bf16"))
    return "Cooperlake";
#endif
  return level == OPENBLAS_AVX512 ? "SkylakeX" : "Haswell";
}

/* OpenBLAS chooses by the CPU's model number, and for one that is newer than itself it takes what
 * every x86-64 has (0.3.21 on an Emerald Rapids: Prescott; decision 0028 has times). The choice is
 * made when it is loaded, so it is loaded again. A variable that the user set is theirs. */
static enum fray_status know_this_cpu(void **library, struct openblas *out, struct fray_err *err) {
  static const char variable[] = "OPENBLAS_CORETYPE";
  const enum openblas_level level = openblas_level_of_cpu();
  const char *given = getenv(variable);
  if ((given && *given) || openblas_level_of(out->corename()) >= level)
    return FRAY_OK;
  setenv(variable, kernel_of(level), true);
  dlclose(*library);
  *library = open_library(err);
  unsetenv(variable);
  return *library ? find_functions(*library, out, err) : FRAY_INPUT;
}

static enum fray_status load(struct openblas *out, struct fray_err *err) {
  void *library = open_library(err);
  if (!library)
    return FRAY_INPUT;
  FRAY_TRY(find_functions(library, out, err));
  FRAY_TRY(know_this_cpu(&library, out, err));
  out->set_num_threads(1); /* somebody else may have loaded it before */
  take_buffer(out);
  return FRAY_OK;
}

enum fray_status openblas_load(struct openblas *out, struct fray_err *err) {
  struct rlimit space, data;
  struct sigaction action = {.sa_handler = give_up}, before;
  FRAY_TRY(fray_memory_room(ROOM, true, "OpenBLAS", err));
  setenv("OPENBLAS_NUM_THREADS", "1", true);
  const bool is_limited = getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur != RLIM_INFINITY ||
                          getrlimit(RLIMIT_DATA, &data) != 0 || data.rlim_cur != RLIM_INFINITY;
  if (!is_limited)
    return load(out, err);
  sigemptyset(&action.sa_mask);
  sigaction(SIGPROF, &action, &before);
  set_clock(MOST_SECONDS);
  const enum fray_status status = load(out, err);
  set_clock(0);
  sigaction(SIGPROF, &before, NULL);
  return status;
}
