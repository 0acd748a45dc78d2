/** C, after `kernelCalls` and the settings of `renderNativeShim`: the script's hot path, and handing over to the script. */
export const nativeShimSource = String.raw`
/* As the kernel gave them; "called" is the path that was executed. */
static int argument_count;
static char **arguments, **environment, *called;

/* Whatever is unusual, unknown or too long is for the script, which gets the same process, arguments and environment. */
__attribute__((noreturn)) static void hand_over(void) {
  char *list[argument_count + 4];
  list[0] = "sh", list[1] = "-c", list[2] = SOURCE_SCRIPT, list[3] = called;
  for (int i = 1; i <= argument_count; i++) list[i + 3] = arguments[i];
  call(EXECVE, (long)"/bin/sh", (long)list, (long)environment, 0, 0);
  for (;;) call(EXIT, 127, 0, 0, 0, 0);
}

struct text {
  int length;
  char bytes[1 << 14];
};

static void cut(struct text *text, int length) {
  text->length = length;
  text->bytes[length] = 0;
}

static void put_part(struct text *text, const char *from, const char *end) {
  for (; from != end; from++) {
    if (text->length == sizeof text->bytes - 1) hand_over();
    text->bytes[text->length++] = *from;
  }
  text->bytes[text->length] = 0;
}

static char *end_of(char *text, char before) {
  while (*text && *text != before) text++;
  return text;
}

static void put(struct text *text, char *added) { put_part(text, added, end_of(added, 0)); }

/* What comes after a prefix, or nothing. */
static char *after(char *text, const char *prefix) {
  while (*prefix)
    if (*text++ != *prefix++) return 0;
  return text;
}

static int same(char *a, const char *b) {
  char *rest = after(a, b);
  return rest && !*rest;
}

/* The value of "NAME=", empty when it is not set. */
static char *value(const char *name) {
  for (char **entry = environment; *entry; entry++) {
    char *found = after(*entry, name);
    if (found) return found;
  }
  return "";
}

static int are_same_file(const char *a, const char *b) {
  struct file one, other;
  return look(a, &one) && look(b, &other) && one.inode == other.inode && one.device[0] == other.device[0] &&
         one.device[1] == other.device[1];
}

/* The user's own GOTOOLCHAIN: "local" may be what a shim above us set. */
static char *toolchain;

static void find_toolchain(void) {
  char *above = value("GOFLEET_SHIM="), *own = end_of(above, ',');
  toolchain = value("GOTOOLCHAIN=");
  if (!*above) return;
  long process = 0;
  for (char *digit = above; digit != own; digit++) process = process * 10 + *digit - '0';
  if (!*own || process == call(GETPID, 0, 0, 0, 0, 0)) hand_over();
  if (same(toolchain, "local")) toolchain = own + 1;
}

static int has_dots(char *path) {
  for (; *path; path++) {
    char *rest = after(path, "/.");
    if (rest && *rest == '.') rest++;
    if (rest && (*rest == '/' || !*rest)) return 1;
  }
  return 0;
}

/* The current directory as the shell names it, where that is true; without a slash at its end. */
static void find_directory(struct text *directory) {
  char *named = value("PWD=");
  if (*named == '/' && !has_dots(named) && are_same_file(named, ".")) {
    put(directory, named);
  } else {
    long size = call(GETCWD, (long)directory->bytes, sizeof directory->bytes, 0, 0, 0);
    if (size < 2 || *directory->bytes != '/') hand_over();
    cut(directory, size - 1);
  }
  if (directory->bytes[directory->length - 1] == '/') cut(directory, directory->length - 1);
}

static struct text found, context, entry;

/* Lists the deciding files from a directory up; "home" is the nearest directory that has one. */
static void find_files(struct text *directory, struct text *home) {
  static char *const names[] = {FILE_NAMES};
  for (;;) {
    int length = directory->length;
    for (int i = 0; i < sizeof names / sizeof *names; i++) {
      put(directory, names[i]);
      if (may(directory->bytes, EXIST)) {
        put(&found, directory->bytes), put(&found, "\n");
        if (!home->length) put_part(home, directory->bytes, directory->bytes + length);
      }
      cut(directory, length);
    }
    if (!length) return;
    while (directory->bytes[--length] != '/') continue;
    cut(directory, length);
  }
}

static void find_entry(struct text *home) {
  char *cache = value("GOFLEET_CACHE="), *caches = value("XDG_CACHE_HOME="), *work = value("GOWORK=");
  if (*cache) put(&entry, cache);
  else if (*caches) put(&entry, caches), put(&entry, "/gofleet");
  else put(&entry, value("HOME=")), put(&entry, "/.cache/gofleet");
  put(&entry, EDITION), put(&entry, home->bytes), put(&entry, "/.native,");
  if (*end_of(toolchain, '/') || *end_of(work, '/')) put(&entry, "path");
  else put(&entry, toolchain), put(&entry, ","), put(&entry, work);
}

static void find_context(void) {
  static char *const names[] = {VARIABLES};
  put(&context, toolchain);
  for (int i = 0; i < sizeof names / sizeof *names; i++) put(&context, "\n"), put(&context, value(names[i]));
}

static int is_go(struct text *program) {
  struct file file;
  return look(program->bytes, &file) && (file.mode & 0170000) == 0100000 && may(program->bytes, EXECUTE);
}

/* Whether this is the next go in PATH that is no shim. */
static int is_next_go(char *expected) {
  static struct text program;
  for (char *path = value("PATH="), *end; *path; path = end + (*end == ':')) {
    end = end_of(path, ':');
    if (*path != '/') continue;
    cut(&program, 0), put_part(&program, path, end);
    int length = program.length;
    put(&program, MARKER);
    int is_shims = may(program.bytes, EXIST);
    cut(&program, length), put(&program, "/go");
    if (is_go(&program) && !is_shims && !are_same_file(program.bytes, FOLDER "/go")) return same(program.bytes, expected);
  }
  return 0;
}

/* Whether a file has the very time that it had: "NANOSECONDS PATH". */
static int is_as_it_was(char *field) {
  int is_before_1970 = *field == '-';
  long long time = 0;
  for (field += is_before_1970; *field >= '0' && *field <= '9'; field++) time = time * 10 + *field - '0';
  struct file file;
  return *field == ' ' && look(field + 1, &file) &&
         (is_before_1970 ? -time : time) == file.written.seconds * 1000000000 + file.written.nanoseconds;
}

static char *version, *root;

static int holds(char *field) {
  char kind = *field++;
  switch (kind) {
  case 'f': return same(field, found.bytes);
  case 'c': return same(field, context.bytes);
  case 't': return is_as_it_was(field);
  case 'a': return !may(field, EXIST);
  case 'n': return is_next_go(field);
  case 'P': return same(field, value("PATH="));
  case 'v': version = field; return 1;
  case 'r': root = field; return 1;
  default: return 0;
  }
}

static void read_answer(void) {
  static char answer[1 << 16];
  long file = call(OPENAT, HERE, (long)entry.bytes, 0, 0, 0);
  long size = file < 0 ? 0 : call(READ, file, (long)answer, sizeof answer, 0, 0);
  if (size <= 0 || size == sizeof answer || answer[size - 1]) hand_over();
  for (char *field = answer; field < answer + size; field = end_of(field, 0) + 1)
    if (!holds(field)) hand_over();
  if (!version || !root) hand_over();
}

static char *number(long number) {
  static char digits[21];
  char *first = digits + 20;
  do *--first = '0' + number % 10;
  while (number /= 10);
  return first;
}

/* The environment with the user's own GOTOOLCHAIN or, for Go, with "local", so that it does not switch behind a shim. */
static void change_environment(char **changed, int for_go) {
  static struct text added;
  for (char **one = environment; *one; one++) {
    int is_replaced = after(*one, "GOTOOLCHAIN=") || (for_go && (after(*one, "GOROOT=") || after(*one, "GOFLEET_SHIM=")));
    if (!is_replaced) *changed++ = *one;
  }
  if (for_go) {
    put(&added, "GOFLEET_SHIM="), put(&added, number(call(GETPID, 0, 0, 0, 0, 0))), put(&added, ",");
    *changed++ = "GOTOOLCHAIN=local";
  } else {
    put(&added, "GOTOOLCHAIN=");
  }
  put(&added, toolchain);
  if (for_go || *toolchain) *changed++ = added.bytes;
  *changed = 0;
}

/* Executes FOLDER/NAME; comes back if it cannot be. */
static void run(char **variables, char *folder, char *name) {
  static struct text program;
  cut(&program, 0), put(&program, folder), put(&program, "/"), put(&program, name);
  arguments[0] = program.bytes;
  call(EXECVE, (long)program.bytes, (long)arguments, (long)variables, 0, 0);
}

__attribute__((noreturn)) static void run_answer(char *name) {
  static struct text bin, tools;
  int for_go = same(name, "go"), count = 0;
  while (environment[count]) count++;
  char *variables[count + 3];
  change_environment(variables, for_go);
  put(&bin, root), put(&bin, "/bin");
  if (for_go || same(name, "gofmt")) {
    run(variables, bin.bytes, name);
    hand_over();
  }
  put(&bin, "/go");
  if (!may(bin.bytes, EXECUTE)) hand_over();
  put(&tools, TOOLS), put(&tools, version);
  run(variables, tools.bytes, name);
  run(variables, TOOLS "last", name);
  hand_over();
}

static int is_for_the_script(char *name) {
  if (*value("GOFLEET_RESOLVING=")) return 1;
  if (!same(name, "go")) return 0;
  if (argument_count > 1 && same(arguments[1], "install")) return 1;
  for (int i = 1; i < argument_count && i < 4; i++)
    for (char *text = arguments[i]; *text; text++)
      if (after(text, "-C")) return 1;
  return 0;
}

__attribute__((noreturn, used)) static void begin(long *stack) {
  argument_count = *stack;
  arguments = (char **)stack + 1;
  environment = arguments + argument_count + 1;
  char **end = environment;
  while (*end) end++;
  for (long *fact = (long *)end + 1; *fact; fact += 2)
    if (*fact == PATH_OF_PROGRAM) called = (char *)fact[1];
  if (!argument_count || !called) call(EXIT, 127, 0, 0, 0, 0);
  char *name = called;
  for (char *rest = called; *rest; rest++)
    if (*rest == '/') name = rest + 1;
  if (is_for_the_script(name)) hand_over();
  static struct text directory, home;
  find_toolchain();
  find_directory(&directory);
  find_files(&directory, &home);
  find_entry(&home);
  find_context();
  read_answer();
  run_answer(name);
}
`;
