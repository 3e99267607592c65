/* Tests of what a report says of membership inference, run by the program of the costs. */
#ifndef LEAK_TESTS_H
#define LEAK_TESTS_H

int leak_tests(void);

#endif
