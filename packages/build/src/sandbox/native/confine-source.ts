/**
 * C, after `kernelCalls` and `moreKernelCalls`: runs a program that has no capabilities and gains no privileges, reaches only given paths where the kernel has
 * Landlock, has limits, and leaves no process behind.
 *
 *     confine --landlock                             prints the version of Landlock's interface, 0 when there is none
 *     confine [RULE…] [LIMIT…] -- PROGRAM ARGUMENT…  a rule is rPATH, xPATH, wPATH or aPATH: read, also execute, also write, all three;
 *                                                    a limit is lNUMBER=VALUE, of setrlimit; "L" asks for Landlock
 *
 * @see Linux include/uapi/linux/landlock.h, Documentation/userspace-api/landlock.rst (6.12)
 */
export const confineSource = String.raw`
enum { MAKE_RULES = 444, ADD_RULE = 445, APPLY_RULES = 446 };
/* Of landlock.h: all that can be asked for by version, what a file can have, and what is given. */
enum {
  EXECUTE_FILE = 1, WRITE_FILE = 2, READ_FILE = 4, READ_FOLDER = 8, MAKE_DEVICES = 1 << 6 | 1 << 11,
  MOVE = 1 << 13, TRUNCATE = 1 << 14, CONTROL = 1 << 15, OF_FILES = EXECUTE_FILE | WRITE_FILE | READ_FILE | TRUNCATE | CONTROL
};

static struct {
  unsigned long files, network, scope;
} handled;
static long version;

static void fail(const char *what, const char *which) {
  say("gofleet sandbox: cannot confine: "), say(what), say(" "), say(which), say("\n");
  leave(125);
}

static void find_landlock(void) {
  version = call(MAKE_RULES, 0, 0, 1, 0, 0);
  if (version < 0) version = 0;
  handled.files = (1 << 13) - 1;
  if (version >= 2) handled.files |= MOVE;
  if (version >= 3) handled.files |= TRUNCATE;
  if (version >= 5) handled.files |= CONTROL;
  /* Abstract sockets and signals stay inside. */
  if (version >= 6) handled.scope = 3;
}

static unsigned long rights_of(char kind) {
  unsigned long rights = READ_FILE | READ_FOLDER;
  if (kind == 'x' || kind == 'a') rights |= EXECUTE_FILE;
  if (kind == 'w' || kind == 'a') rights |= handled.files & ~(EXECUTE_FILE | MAKE_DEVICES | CONTROL);
  return rights & handled.files;
}

/* What is not there needs no rule. */
static void add_rule(int rules, char *argument) {
  struct { unsigned long rights; int file; } __attribute__((packed)) rule = {rights_of(*argument), 0};
  struct file file;
  rule.file = call(OPENAT, HERE, (long)(argument + 1), 010000000 | 02000000, 0, 0);
  if (rule.file < 0) return;
  if (!look(argument + 1, &file)) fail("no look at", argument + 1);
  if ((file.mode & 0170000) != 0040000) rule.rights &= OF_FILES;
  if (call(ADD_RULE, rules, 1, (long)&rule, 0, 0) < 0) fail("no rule for", argument + 1);
  call(CLOSE, rule.file, 0, 0, 0, 0);
}

static void restrict_paths(char **arguments, char **end) {
  int rules = call(MAKE_RULES, (long)&handled, version >= 6 ? 24 : version >= 4 ? 16 : 8, 0, 0, 0);
  if (rules < 0) fail("no Landlock", "");
  for (; arguments < end; arguments++)
    if (**arguments != 'l' && **arguments != 'L') add_rule(rules, *arguments);
  if (call(APPLY_RULES, rules, 0, 0, 0, 0) < 0) fail("no Landlock", "");
}

static unsigned long parse(char **text) {
  unsigned long number = 0;
  for (; **text >= '0' && **text <= '9'; ++*text) number = number * 10 + **text - '0';
  return number;
}

static void set_limit(char *argument) {
  char *text = argument + 1;
  unsigned long which = parse(&text);
  if (*text++ != '=') fail("no limit", argument);
  unsigned long value = parse(&text), both[2] = {value, value};
  if (*text || call(LIMIT, 0, which, (long)both, 0, 0) < 0) fail("no limit", argument);
}

/* None are left, none come back by an exec: root itself may then do what any other user may. */
static void drop_capabilities(void) {
  struct { unsigned version; int process; } whose = {0x20080522, 0};
  static unsigned none[6];
  for (int capability = 0; capability < 64; capability++) call(PRCTL, 24, capability, 0, 0, 0);
  if (call(SET_CAPABILITIES, (long)&whose, (long)none, 0, 0, 0) < 0) fail("no dropping of capabilities", "");
}

__attribute__((noreturn)) static void become(char **arguments, char **end, char **environment) {
  unsigned long none = 0;
  call(SIGNAL_MASK, 2, (long)&none, 0, 8, 0);
  drop_capabilities();
  if (call(PRCTL, 38, 1, 0, 0, 0) < 0) fail("no_new_privs", "");
  for (char **one = arguments; one < end; one++)
    if (**one == 'l') set_limit(*one);
  for (char **one = arguments; one < end; one++)
    if (**one == 'L') {
      restrict_paths(arguments, end);
      break;
    }
  call(EXECVE, (long)end[1], (long)(end + 1), (long)environment, 0, 0);
  fail("cannot start", end[1]);
  leave(125);
}

enum { MOST = 16384 };
static struct {
  int id, parent;
} processes[MOST];
static int process_count;

/* "PID (NAME) STATE PARENT …"; a name may have parentheses. */
static int parent_of(char *name) {
  static char path[64], text[512];
  char *to = path, *state = 0;
  for (const char *part = "/proc/"; *part; part++) *to++ = *part;
  for (int i = 0; i < 20 && name[i]; i++) *to++ = name[i];
  for (const char *part = "/stat"; (*to++ = *part); part++) continue;
  int file = call(OPENAT, HERE, (long)path, 02000000, 0, 0);
  if (file < 0) return 0;
  long size = call(READ, file, (long)text, sizeof text - 1, 0, 0);
  call(CLOSE, file, 0, 0, 0, 0);
  text[size < 0 ? 0 : size] = 0;
  for (char *one = text; *one; one++)
    if (*one == ')') state = one;
  if (!state || state[1] != ' ' || !state[2] || state[2] == 'Z') return 0;
  state += 4;
  return parse(&state);
}

static void list_processes(void) {
  static char entries[32 << 10];
  process_count = 0;
  int folder = call(OPENAT, HERE, (long)"/proc", 0200000 | 02000000, 0, 0);
  for (long size; folder >= 0 && (size = call(LIST_DIRECTORY, folder, (long)entries, sizeof entries, 0, 0)) > 0;)
    for (char *entry = entries; entry < entries + size; entry += *(unsigned short *)(entry + 16)) {
      char *name = entry + 19, *end = name;
      int id = parse(&end);
      if (*end || !id || process_count == MOST) continue;
      processes[process_count].id = id;
      processes[process_count++].parent = parent_of(name);
    }
  call(CLOSE, folder, 0, 0, 0, 0);
}

/* Kills the children and all that they started; whether there were any. */
static int kill_all(int own) {
  int killed = 0;
  list_processes();
  for (int round = 1, more = 1; more; round++) {
    more = 0;
    for (int i = 0; i < process_count; i++) {
      if (processes[i].id < 0) continue;
      int is_ours = processes[i].parent == own;
      for (int j = 0; j < process_count && !is_ours; j++) is_ours = processes[j].id == -processes[i].parent;
      if (!is_ours || !processes[i].parent) continue;
      call(KILL, processes[i].id, KILLED, 0, 0, 0);
      processes[i].id = -processes[i].id;
      killed = more = 1;
    }
  }
  return killed;
}

__attribute__((noreturn)) static void watch(int child) {
  int own = call(GETPID, 0, 0, 0, 0, 0), code = 125, is_ending = 0;
  unsigned long waited = SIGNAL(HANG_UP) | SIGNAL(INTERRUPT) | SIGNAL(QUIT) | SIGNAL(TERMINATE) | SIGNAL(CHILD);
  for (;;) {
    long moment[2] = {is_ending ? 0 : 3600, 20000000}, status = 0, ended;
    long signal = call(WAIT_SIGNAL, (long)&waited, 0, (long)moment, 8, 0);
    if (signal > 0 && signal != CHILD) is_ending = 1;
    while ((ended = call(WAIT, -1, (long)&status, 1, 0, 0)) > 0) {
      if (ended != child) continue;
      code = status & 127 ? 128 + (status & 127) : status >> 8 & 255;
      is_ending = 1;
    }
    if (ended == -10) leave(code);
    if (is_ending) kill_all(own);
  }
}

__attribute__((noreturn, used)) static void begin(long *stack) {
  char **arguments = (char **)stack + 1, **environment = arguments + *stack + 1, **end = arguments + 1;
  unsigned long waited = SIGNAL(HANG_UP) | SIGNAL(INTERRUPT) | SIGNAL(QUIT) | SIGNAL(TERMINATE) | SIGNAL(CHILD);
  find_landlock();
  if (*stack == 2 && after(arguments[1], "--landlock")) {
    char digits[] = {'0' + (version > 9 ? 9 : version), '\n'};
    write_all(1, digits, 2);
    leave(0);
  }
  while (*end && !after(*end, "--")) end++;
  if (*stack < 2 || !*end || !end[1]) fail("nothing to run", "");
  call(PRCTL, 36, 1, 0, 0, 0);
  call(PRCTL, 1, TERMINATE, 0, 0, 0);
  call(SIGNAL_MASK, 0, (long)&waited, 0, 8, 0);
  int child = split();
  if (child < 0) fail("no process", "");
  if (!child) become(arguments + 1, end, environment);
  watch(child);
}
`;
