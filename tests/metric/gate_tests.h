/* Tests of gates: what two files of one program share. */
#ifndef GATE_TESTS_H
#define GATE_TESTS_H

void near(double got, double want, double within);
/* Laws of thresholds on samples that are drawn here; returns how many tests failed. */
int gate_law_tests(void);

#endif
