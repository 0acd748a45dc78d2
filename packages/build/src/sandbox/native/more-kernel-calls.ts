/**
 * C, after `kernelCalls` of the chapter resolve: the further system calls of the sandbox's programs, and what both do with text.
 * @see Linux arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h (6.12)
 */
export const moreKernelCalls = `
#if defined(__x86_64__)
enum {
  WRITE = 1, CLOSE = 3, SIGNAL_MASK = 14, SOCKET = 41, CONNECT = 42, WAIT = 61, KILL = 62, SET_CAPABILITIES = 126, PRCTL = 157, WAIT_SIGNAL = 128,
  LIST_DIRECTORY = 217, READ_LINK = 267, POLL = 271, SIGNAL_FILE = 289, LIMIT = 302
};
/* fork */
static long split(void) { return call(57, 0, 0, 0, 0, 0); }
#else
enum {
  CLOSE = 57, LIST_DIRECTORY = 61, WRITE = 64, POLL = 73, SIGNAL_FILE = 74, READ_LINK = 78, SET_CAPABILITIES = 91, KILL = 129, SIGNAL_MASK = 135,
  WAIT_SIGNAL = 137, PRCTL = 167, SOCKET = 198, CONNECT = 203, WAIT = 260, LIMIT = 261
};
/* clone with SIGCHLD only */
static long split(void) { return call(220, 17, 0, 0, 0, 0); }
#endif

/* SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD */
enum { HANG_UP = 1, INTERRUPT = 2, QUIT = 3, TERMINATE = 15, CHILD = 17, KILLED = 9 };
#define SIGNAL(number) (1UL << ((number) - 1))

__attribute__((noreturn)) static void leave(int code) {
  for (;;) call(EXIT, code, 0, 0, 0, 0);
}

static long length_of(const char *text) {
  long length = 0;
  while (text[length]) length++;
  return length;
}

/* All of it, unless the other end is gone. */
static int write_all(int file, const char *bytes, long size) {
  while (size > 0) {
    long written = call(WRITE, file, (long)bytes, size, 0, 0);
    if (written == -4) continue;
    if (written <= 0) return 0;
    bytes += written, size -= written;
  }
  return 1;
}

static void say(const char *text) { write_all(2, text, length_of(text)); }

/* What comes after a prefix, or nothing. */
static char *after(char *text, const char *prefix) {
  while (*prefix)
    if (*text++ != *prefix++) return 0;
  return text;
}
`;
