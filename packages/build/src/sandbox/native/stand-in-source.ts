/**
 * C, after `kernelCalls` and `moreKernelCalls`: the `go` of a container that has none. It sends its arguments, directory and `GO…`
 * variables to the socket beside it, or that of GOFLEET_SANDBOX, and passes on what comes back. It waits for the sandbox to answer as many
 * seconds as GOFLEET_SANDBOX_WAIT says, which is none without it.
 */
export const standInSource = String.raw`
enum { PAYLOAD = 256 << 10, HEADER = 5, CANNOT = 3 };

static struct {
  long size;
  char bytes[HEADER + PAYLOAD];
} request;

static void put(const char *field) {
  do {
    if (request.size == sizeof request.bytes) {
      say("go: too many arguments and variables for the gofleet sandbox\n");
      leave(CANNOT);
    }
    request.bytes[request.size++] = *field;
  } while (*field++);
}

static void put_number(long number) {
  char digits[21], *first = digits + 20;
  *first = 0;
  do *--first = '0' + number % 10;
  while (number /= 10);
  put(first);
}

/* In front of a payload: kind and length. */
static void put_header(char *frame, char kind, long size) {
  frame[0] = kind;
  for (int i = 0; i < 4; i++) frame[i + 1] = size >> (24 - 8 * i);
}

static struct {
  unsigned short family;
  char path[108];
} address;

/* The value of a variable, from its name and the equals sign. */
static char *value_of(char **environment, const char *name) {
  char *value = 0;
  for (; *environment; environment++)
    if (after(*environment, name)) value = after(*environment, name);
  return value;
}

/* The directory that this program lies in, links followed, and the name of the socket there. */
static void find_socket(char **environment) {
  static char path[4096];
  char *chosen = value_of(environment, "GOFLEET_SANDBOX=");
  if (!chosen || !*chosen) {
    long size = call(READ_LINK, HERE, (long)"/proc/self/exe", (long)path, sizeof path - 16, 0);
    while (size > 0 && path[size - 1] != '/') size--;
    const char *name = "sandbox.sock";
    for (long i = 0; i <= length_of(name); i++) path[(size < 0 ? 0 : size) + i] = name[i];
    chosen = path;
  }
  if (length_of(chosen) >= sizeof address.path) {
    say("go: the path of the gofleet sandbox's socket is longer than 107 bytes\n");
    leave(CANNOT);
  }
  address.family = 1;
  for (long i = 0; chosen[i]; i++) address.path[i] = chosen[i];
}

/* Ten times a second. */
static long tries_of(char **environment) {
  const char *text = value_of(environment, "GOFLEET_SANDBOX_WAIT=");
  long seconds = 0;
  while (text && *text >= '0' && *text <= '9' && seconds < 1000000) seconds = 10 * seconds + *text++ - '0';
  return 10 * seconds;
}

static int connect_socket(char **environment) {
  static const struct { long seconds, nanoseconds; } tenth = {0, 100000000};
  int file = call(SOCKET, 1, 1 | 02000000, 0, 0, 0);
  for (long tries = tries_of(environment); file >= 0; tries--) {
    if (call(CONNECT, file, (long)&address, sizeof address, 0, 0) == 0) return file;
    if (tries <= 0) break;
    call(POLL, 0, 0, (long)&tenth, 0, 8);
  }
  say("go: no gofleet sandbox answers at ");
  say(address.path);
  say("; is its container running?\n");
  leave(CANNOT);
}

static void send_request(int socket, int count, char **arguments, char **environment) {
  static char directory[4096];
  if (call(GETCWD, (long)directory, sizeof directory, 0, 0, 0) < 2 || *directory != '/') {
    say("go: the current directory has no path\n");
    leave(CANNOT);
  }
  request.size = HEADER;
  put("gofleet-sandbox/1"), put(directory), put_number(count > 0 ? count - 1 : 0);
  for (int i = 1; i < count; i++) put(arguments[i]);
  for (; *environment; environment++)
    if ((after(*environment, "GO") && !after(*environment, "GOFLEET_")) || after(*environment, "CGO_")) put(*environment);
  put_header(request.bytes, 'R', request.size - HEADER);
  write_all(socket, request.bytes, request.size);
}

/* Where in a frame the answer is. */
static struct {
  long have, left;
  unsigned char header[HEADER];
} frame;

static void take(unsigned char *bytes, long size) {
  while (size > 0) {
    if (frame.have < HEADER) {
      frame.header[frame.have++] = *bytes++, size--;
      if (frame.have == HEADER) {
        frame.left = 0;
        for (int i = 1; i < HEADER; i++) frame.left = frame.left << 8 | frame.header[i];
      }
      if (frame.have < HEADER || frame.left) continue;
    } else {
      long part = size < frame.left ? size : frame.left;
      if (frame.header[0] == 'X') leave(*bytes);
      if (!write_all(frame.header[0] == '2' ? 2 : 1, (char *)bytes, part)) leave(CANNOT);
      bytes += part, size -= part, frame.left -= part;
    }
    if (!frame.left) frame.have = 0;
  }
}

static void send_signal(int socket, int signals) {
  static unsigned char signal[128];
  char message[HEADER + 1];
  if (call(READ, signals, (long)signal, sizeof signal, 0, 0) <= 0) return;
  put_header(message, 'S', 1);
  message[HEADER] = signal[0];
  write_all(socket, message, sizeof message);
}

__attribute__((noreturn, used)) static void begin(long *stack) {
  static unsigned char answer[64 << 10];
  char **arguments = (char **)stack + 1, **environment = arguments + *stack + 1;
  unsigned long caught = SIGNAL(HANG_UP) | SIGNAL(INTERRUPT) | SIGNAL(QUIT) | SIGNAL(TERMINATE);
  find_socket(environment);
  int socket = connect_socket(environment);
  call(SIGNAL_MASK, 0, (long)&caught, 0, 8, 0);
  int signals = call(SIGNAL_FILE, -1, (long)&caught, 8, 02000000, 0);
  send_request(socket, *stack, arguments, environment);
  for (;;) {
    struct { int file; short wanted, found; } files[2] = {{socket, 1, 0}, {signals, 1, 0}};
    if (call(POLL, (long)files, 2, 0, 0, 8) < 0) continue;
    if (files[1].found) send_signal(socket, signals);
    if (!files[0].found) continue;
    long size = call(READ, socket, (long)answer, sizeof answer, 0, 0);
    if (size <= 0) break;
    take(answer, size);
  }
  say("go: the gofleet sandbox went away\n");
  leave(CANNOT);
}
`;
