/* Shifts the wall clock of one process: preloaded by clock.rs, for tests only. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    long result = syscall(SYS_clock_gettime, clock, time);
    const char *seconds = getenv("SHIFT_CLOCK_SECONDS");
    if (result == 0 && clock == CLOCK_REALTIME && seconds != NULL)
        time->tv_sec += atol(seconds);
    return (int)result;
}
