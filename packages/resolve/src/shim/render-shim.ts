import { quoteForShell } from './shell-quote.ts';

/** What a shim has to know of the machine that it is written for. */
export interface ShimSettings {
  /** The absolute path of the folder of shims. */
  readonly folder: string;
  /** The words that start gofleet: the absolute paths of Node and of its script. */
  readonly gofleet: readonly string[];
  /** The names of the files that decide, looked for in a directory and each above. */
  readonly fileNames: readonly string[];
  /** The environment variables that decide, besides PATH, GOTOOLCHAIN and GOROOT. */
  readonly variables: readonly string[];
  /** The folder below the cache that the answers of these shims lie in: new text, new answers. */
  readonly edition: string;
}

/** Lies in a folder of shims, so that no shim takes another one for a Go. */
export const shimMarker = '.gofleet-shims';
/** The script in a folder of shims, which every shim is or ends in. */
export const shimScript = '.shim.sh';
/** Below a folder of shims: a folder per release with what `go install` of that release made, and `last` with the newest of each. */
export const shimTools = '.tools';

/** What starts no process: which Go it is by what is remembered, and running it. */
function renderHotPath({ folder, fileNames, variables, edition }: ShimSettings): string {
  const context = ['GOTOOLCHAIN', ...variables].map((name) => `\${${name}-}`).join('$gf_nl');
  return `#!/bin/sh
# Runs the Go that this directory wants. Written by "gofleet shims install", which overwrites every change.
gf_name=\${0##*/}
gf_shims=${quoteForShell(folder)}
gf_nl='
'

# GOTOOLCHAIN=local may be what a shim above us set; then the user's own value counts. "exec" keeps the process ID.
if [ "\${GOFLEET_SHIM-}" ]; then
  case $GOFLEET_SHIM in
  "$$,"*) echo "gofleet: $0 ran itself instead of a Go; look at: gofleet shims status" >&2; exit 3 ;;
  esac
  if [ "\${GOTOOLCHAIN-}" = local ]; then
    GOTOOLCHAIN=\${GOFLEET_SHIM#*,}
    [ "$GOTOOLCHAIN" ] || unset GOTOOLCHAIN
  fi
fi

# The next go in PATH that is no shim.
gf_find_next() {
  gf_next=
  set -f
  IFS=:
  for gf_p in $PATH; do
    case $gf_p in /*) ;; *) continue ;; esac
    [ -f "$gf_p/go" ] && [ -x "$gf_p/go" ] || continue
    [ -e "$gf_p/${shimMarker}" ] || [ "$gf_p/go" -ef "$gf_shims/go" ] || { gf_next=$gf_p/go; break; }
  done
  unset IFS
  set +f
}

# Whether a file is as it was: its time is that of the stamp beside the answer, neither newer nor older.
gf_same() {
  [ -e "$1" ] && [ -e "$gf_dir/$2" ] && ! [ "$1" -nt "$gf_dir/$2" ] && ! [ "$1" -ot "$gf_dir/$2" ]
}

gf_export() {
  export GOFLEET_SHIM="$$,\${GOTOOLCHAIN-}" GOTOOLCHAIN=local
  unset GOROOT
}

gf_run() {
  case $gf_name in
  go) gf_export; exec "$gf_root/bin/go" "$@" ;;
  gofmt) exec "$gf_root/bin/gofmt" "$@" ;;
  esac
  for gf_n in "$gf_version" last; do
    [ ! -x "$gf_shims/${shimTools}/$gf_n/$gf_name" ] || exec "$gf_shims/${shimTools}/$gf_n/$gf_name" "$@"
  done
  echo "gofleet: $gf_name is gone; install it again, or: gofleet shims forget $gf_name" >&2
  exit 127
}

# gofleet asks a go while it answers a shim: that one must not ask gofleet.
if [ "\${GOFLEET_RESOLVING-}" ]; then
  gf_find_next
  [ "$gf_next" ] || { echo "gofleet: no go in PATH besides the shims" >&2; exit 3; }
  exec "\${gf_next%/go}/$gf_name" "$@"
fi

gf_from=$PWD
# Not every shell looks whether the name that it was given has such parts.
case $gf_from/ in */./* | */../*) gf_from=$(pwd -P) ;; esac
case \${1-}\${2-}\${3-} in
*-C*)
  # "go -C dir build", "go build -C dir", "go mod tidy -C dir": Go looks for its files from there.
  gf_chdir() {
    case \${1-} in mod | work) shift ;; esac
    case \${1-} in -*) ;; *) [ $# = 0 ] || shift ;; esac
    case \${1-} in
    -C | --C) gf_to=\${2-} ;;
    -C=* | --C=*) gf_to=\${1#*=} ;;
    *) return ;;
    esac
    gf_to=$(CDPATH= cd -- "$gf_to" 2>/dev/null && pwd -P) && gf_from=$gf_to
  }
  [ "$gf_name" != go ] || gf_chdir "$@"
  ;;
esac

gf_d=\${gf_from%/} gf_found= gf_home=
while :; do
  for gf_n in ${fileNames.join(' ')}; do
    [ ! -e "$gf_d/$gf_n" ] || { gf_found=$gf_found$gf_d/$gf_n$gf_nl gf_home=\${gf_home:-$gf_d}; }
  done
  [ "$gf_d" ] || break
  gf_d=\${gf_d%/*}
done

gf_dir=\${GOFLEET_CACHE:-\${XDG_CACHE_HOME:-\${HOME-}/.cache}/gofleet}/shims/${edition}$gf_home
gf_entry=\${GOTOOLCHAIN-},\${GOWORK-}
case $gf_entry in */*) gf_entry=path ;; esac
gf_entry=$gf_dir/.go,$gf_entry
gf_context="${context}"
gf_root= gf_version=
[ ! -r "$gf_entry" ] || command . "$gf_entry"
[ -x "$gf_root/bin/go" ] || gf_root=
[ ! "$gf_root" ] || [ "$gf_name,\${1-}" = go,install ] || gf_run "$@"
`;
}

/** What asks gofleet, and what `go install` leads to. */
function renderSlowPath({ gofleet }: ShimSettings): string {
  const script = quoteForShell(gofleet.at(-1) ?? '');
  return `# From here on it takes time: nothing is known yet, or a binary is about to be installed.
gf_ask() {
  gf_out=$(
    cd / || exit
    export GOFLEET_RESOLVING=1
    set -- shims resolve --dir "\${gf_from:-/}" --shims "$gf_shims" --entry "$gf_entry" --found "$gf_found" --context "$gf_context"
    [ ! -e ${script} ] || exec ${gofleet.map(quoteForShell).join(' ')} "$@"
    command -v gofleet >/dev/null || { echo "gofleet: it is not where it was when it wrote $gf_shims; run: gofleet shims install" >&2; exit 3; }
    exec gofleet "$@"
  ) || return
  eval "$gf_out"
}

# Keeps a binary for its release, and gives it a shim unless its name would hide another program.
gf_adopt() {
  gf_n=\${1##*/}
  gf_t=$gf_shims/${shimTools}/.new.$$
  for gf_p in "$gf_version" last; do
    gf_p=$gf_shims/${shimTools}/$gf_p/$gf_n
    [ ! "$1" -ef "$gf_p" ] || continue
    ln "$1" "$gf_t" 2>/dev/null || cp -p "$1" "$gf_t" || return
    mv -f "$gf_t" "$gf_p"
  done
  [ ! -e "$gf_shims/$gf_n" ] || return 0
  gf_other=
  set -f
  IFS=:
  for gf_p in $PATH; do
    gf_p=$gf_p/$gf_n
    [ "$gf_p" -ef "$1" ] || [ ! -f "$gf_p" ] || [ ! -x "$gf_p" ] || { gf_other=$gf_p; break; }
  done
  unset IFS
  set +f
  if [ "$gf_other" ]; then
    echo "gofleet: $gf_n gets no shim: $gf_other has that name" >&2
  else
    ln -s go "$gf_shims/$gf_n"
  fi
}

gf_install() {
  gf_stamp=$gf_shims/${shimTools}/.stamp.$$
  mkdir -p "$gf_shims/${shimTools}/$gf_version" "$gf_shims/${shimTools}/last" && : >"$gf_stamp" || gf_run "$@"
  trap 'rm -f "$gf_stamp"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  gf_export
  "$gf_root/bin/go" "$@" || exit
  gf_bin=$("$gf_root/bin/go" env GOBIN)
  [ "$gf_bin" ] || { gf_bin=$("$gf_root/bin/go" env GOPATH) && gf_bin=\${gf_bin%%:*}/bin; }
  for gf_f in "$gf_bin"/*; do
    case \${gf_f##*/} in go | gofmt) continue ;; esac
    [ ! -f "$gf_f" ] || [ ! -x "$gf_f" ] || [ ! "$gf_f" -nt "$gf_stamp" ] || gf_adopt "$gf_f"
  done
  exit 0
}

if [ ! "$gf_root" ]; then
  case $gf_name in
  go | gofmt) gf_ask || exit ;;
  *) gf_ask 2>/dev/null || gf_version=last ;;
  esac
fi
[ "$gf_name,\${1-}" != go,install ] || gf_install "$@"
gf_run "$@"
`;
}

/**
 * The script that stands for `go`, `gofmt` and every installed binary; which one is told by the name it is called by. Its hot path
 * starts no process: it lists the deciding files by walking up, sources the answer remembered for that list, and executes.
 * Its variables have a prefix of their own, because a shell hands a changed variable of the environment on.
 * @see decisions/0011-shims-without-node.md
 */
export function renderShim(settings: ShimSettings): string {
  return `${renderHotPath(settings)}\n${renderSlowPath(settings)}`;
}
