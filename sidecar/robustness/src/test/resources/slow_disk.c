/*
 * Makes a process's disk slow: what it asks to be on disk is there later. To be loaded before all else (LD_PRELOAD); SLOW_DISK names
 * a file that says how many milliseconds each fsync and fdatasync takes more, or "stop": then none returns until it says otherwise.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void wait_for_disk(void) {
    const char *path = getenv("SLOW_DISK");
    for (;;) {
        char said[16] = {0};
        int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        if (file < 0)
            return;
        ssize_t length = read(file, said, sizeof said - 1);
        close(file);
        if (length <= 0 || strncmp(said, "stop", 4) != 0) {
            usleep(atoi(said) * 1000);
            return;
        }
        usleep(5000);
    }
}

int fsync(int file) {
    wait_for_disk();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}

int fdatasync(int file) {
    wait_for_disk();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}
