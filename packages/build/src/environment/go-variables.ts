/**
 * Everything in an environment that the `go` command, its tools or the compilers that it starts read.
 * The first group is `KnownEnv`; a test holds it against the installed release.
 * @see Go src/internal/cfg/cfg.go (go1.26)
 */
const known = `
AR CC CGO_CFLAGS CGO_CFLAGS_ALLOW CGO_CFLAGS_DISALLOW CGO_CPPFLAGS CGO_CPPFLAGS_ALLOW CGO_CPPFLAGS_DISALLOW
CGO_CXXFLAGS CGO_CXXFLAGS_ALLOW CGO_CXXFLAGS_DISALLOW CGO_ENABLED CGO_FFLAGS CGO_FFLAGS_ALLOW CGO_FFLAGS_DISALLOW
CGO_LDFLAGS CGO_LDFLAGS_ALLOW CGO_LDFLAGS_DISALLOW CXX FC GCCGO GO111MODULE GO386 GOAMD64 GOARCH GOARM GOARM64 GOAUTH
GOBIN GOCACHE GOCACHEPROG GOENV GOEXE GOEXPERIMENT GOFIPS140 GOFLAGS GOGCCFLAGS GOHOSTARCH GOHOSTOS GOINSECURE GOMIPS
GOMIPS64 GOMODCACHE GONOPROXY GONOSUMDB GOOS GOPATH GOPPC64 GOPRIVATE GOPROXY GORISCV64 GOROOT GOSUMDB GOTMPDIR
GOTOOLCHAIN GOTOOLDIR GOVCS GOWASM GOWORK GO_EXTLINK_ENABLED PKG_CONFIG`;

/** Read with os.Getenv by cmd/go, the compiler and the linker; GOROOT_FINAL up to Go 1.22. @see Go src/cmd (go1.26) */
const tools = `
GCCGOTOOLDIR GOCLOBBERDEADHASH GOCOMPILEDEBUG GOROOT_FINAL GOSSADIR GOSSAFUNC GO_GCFLAGS GO_LDFLAGS
TEST_TELEMETRY_DIR TOOLEXEC_IMPORTPATH`;

/** Read by the runtime and the test framework of every Go program, the `go` command included. @see package runtime (go1.26) */
const runtime = 'GOCOVERDIR GODEBUG GOGC GOMAXPROCS GOMEMLIMIT GORACE GOTRACEBACK';

/** Read by GCC, Clang and pkg-config, which cgo starts; none of them is part of a cache key. @see gcc(1), pkg-config(1) */
const compilers = `
COMPILER_PATH CPATH CPLUS_INCLUDE_PATH C_INCLUDE_PATH GCC_EXEC_PREFIX LIBRARY_PATH OBJC_INCLUDE_PATH PKG_CONFIG_LIBDIR
PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR SOURCE_DATE_EPOCH`;

const split = (text: string): string[] => text.split(/\s+/).filter((name) => name !== '');

/** Names of variables that a build with Go reads. */
export const goVariables: ReadonlySet<string> = new Set([known, tools, runtime, compilers].flatMap(split));

/** Whether a build with Go reads a variable: the names above, and CGO's own family. */
export function isGoVariable(name: string): boolean {
  return goVariables.has(name) || name.startsWith('CGO_');
}
