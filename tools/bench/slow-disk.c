/* A disk that takes its time: preloaded into a process, it makes each fsync last BENCH_FSYNC_DELAY_US longer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int slow(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  const char *delay = getenv("BENCH_FSYNC_DELAY_US");
  int result = real(fd);
  if (delay) usleep((useconds_t)atoi(delay));
  return result;
}

int fsync(int fd) { return slow("fsync", fd); }
int fdatasync(int fd) { return slow("fdatasync", fd); }
