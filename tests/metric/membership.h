/* Tests of membership inference, run by the program of the robustness measures. */
#ifndef MEMBERSHIP_TESTS_H
#define MEMBERSHIP_TESTS_H

int membership_tests(void);

#endif
