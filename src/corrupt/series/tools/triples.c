/* How a device lies: rotations of all its sensors at once. */
#include "triples.h"

#include <math.h>

/* Of the key alone; twice the same channel would be turned twice. */
enum fray_status fray_triples_check(const struct fray_ints *triples, struct fray_err *err) {
  FRAY_CHECK(triples->n % 3 == 0, err, INPUT, "triples: %zu channels are no threes of x, y and z",
             triples->n);
  for (size_t i = 0; i < triples->n; i++)
    for (size_t j = 0; j < i; j++)
      FRAY_CHECK(triples->v[i] != triples->v[j], err, INPUT, "triples: channel %lld is there twice",
                 (long long)triples->v[i]);
  return FRAY_OK;
}

/* Channels that come out by threes are believed to be threes: acceleration and turning of one
 * device. A magnitude or a pressure beside them breaks this, and then it has to be said. */
enum fray_status fray_triples_fit(const struct fray_ints *triples, size_t channels,
                                  struct fray_err *err) {
  FRAY_CHECK(triples->n || channels % 3 == 0, err, INPUT,
             "triples: %zu channels are no threes of x, y and z; say which are, as [0, 1, 2]",
             channels);
  for (size_t i = 0; i < triples->n; i++)
    FRAY_CHECK((uint64_t)triples->v[i] < channels, err, INPUT,
               "triples: there is no channel %lld; they are 0 to %zu", (long long)triples->v[i],
               channels - 1);
  return FRAY_OK;
}

/* Columns: y = R x. Rows times R, as some write it, is the way back. 1 - cos by the half angle
 * keeps the digits of small ones. */
void fray_rotation_about(const double axis[3], double degrees, double r[3][3]) {
  const double angle = degrees * 3.14159265358979323846 / 180;
  const double length = sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
  const double x = axis[0] / length, y = axis[1] / length, z = axis[2] / length;
  const double s = sin(angle), half = sin(angle / 2), k = 2 * half * half; /* 1 - cos */
  const double all[3][3] = {
      {1 - k * (y * y + z * z), k * x * y - s * z, k * x * z + s * y},
      {k * x * y + s * z, 1 - k * (x * x + z * z), k * y * z - s * x},
      {k * x * z - s * y, k * y * z + s * x, 1 - k * (x * x + y * y)},
  };
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 3; j++)
      r[i][j] = all[i][j];
}

/* Three normals have no direction that they prefer, as three uniform numbers do. */
void fray_draw_axis(struct fray_rng *rng, double axis[3]) {
  do
    for (size_t k = 0; k < 3; k++)
      axis[k] = fray_rng_normal(rng);
  while (axis[0] == 0 && axis[1] == 0 && axis[2] == 0);
}

/* In double, though readings are floats: a matrix of 0 and 1 then leaves every bit as it is. */
void fray_triples_turn(struct fray_signal *x, const struct fray_ints *triples, double r[3][3],
                       double gain) {
  const size_t n = triples->n ? triples->n / 3 : x->channels / 3;
  for (size_t k = 0; k < n; k++) {
    size_t c[3];
    for (size_t a = 0; a < 3; a++)
      c[a] = triples->n ? (size_t)triples->v[3 * k + a] : 3 * k + a;
    for (size_t t = 0; t < x->length; t++) {
      float *row = x->x + t * x->channels;
      const double v[3] = {(double)row[c[0]], (double)row[c[1]], (double)row[c[2]]};
      for (size_t a = 0; a < 3; a++)
        row[c[a]] = (float)(gain * (r[a][0] * v[0] + r[a][1] * v[1] + r[a][2] * v[2]));
    }
  }
}
