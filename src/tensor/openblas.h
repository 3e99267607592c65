/* The functions of OpenBLAS that fray calls. Only tensor knows them. */
#ifndef FRAY_TENSOR_OPENBLAS_H
#define FRAY_TENSOR_OPENBLAS_H

#include "fray/base/status.h"

#include <cblas.h>

struct openblas {
  __typeof__(cblas_sgemm) *sgemm;
  __typeof__(openblas_get_config) *config;
  __typeof__(openblas_get_corename) *corename;
  __typeof__(openblas_set_num_threads) *set_num_threads;
};

/* OpenBLAS names kernels, not instruction sets. */
enum openblas_level { OPENBLAS_LESS, OPENBLAS_AVX2, OPENBLAS_AVX512 };
enum openblas_level openblas_level_of(const char *kernel);
/** The widest that this CPU has kernels for. */
enum openblas_level openblas_level_of_cpu(void);

/** Loads the library, once. INPUT: it is not there, lacks a function, or the memory that it takes
 *  may not be had. Of a CPU that it does not know it takes the kernel of an older one with the
 *  same vectors, unless the environment names one. */
enum fray_status openblas_load(struct openblas *out, struct fray_err *err);

#endif
