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

/** Loads the library, once. INPUT: it is not there, lacks a function, or the memory that it takes
 *  may not be had. */
enum fray_status openblas_load(struct openblas *out, struct fray_err *err);

#endif
