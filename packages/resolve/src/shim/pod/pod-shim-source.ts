/**
 * Go: the program that stands for `go` and `gofmt` in pods, where nobody can be asked. It chooses among the releases that are mounted
 * beside it and executes one: the nearest version file, else the default, says which is started; go.work and go.mod may ask
 * for a newer one, as Go itself would switch. It fetches nothing.
 * @see decisions/0009-version-files-stand-for-the-local-go.md, decisions/0031-toolchains-are-mounted.md
 */
export const podShimSource = String.raw`package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const exitNoGo = 3

// A release as numbers that compare as releases do: major, minor, kind, patch release or number of the pre-release.
type release struct {
	name  string
	parts [4]int
}

const final = 3

func parseRelease(text string) (r release, ok bool) {
	text = strings.TrimPrefix(text, "go")
	r = release{"go" + text, [4]int{0, 0, final, 0}}
	number := text
	for kind, word := range []string{"alpha", "beta", "rc"} {
		if before, count, found := strings.Cut(text, word); found {
			number, r.parts[2] = before+"."+count, kind
		}
	}
	fields := strings.Split(number, ".")
	for i, field := range fields {
		n, err := strconv.Atoi(field)
		if err != nil || n < 0 || i > 2 {
			return release{}, false
		}
		r.parts[[]int{0, 1, 3}[i]] = n
	}
	return r, r.parts[2] == final || len(fields) == 3
}

func (a release) compare(b release) int {
	for i := range a.parts {
		if d := a.parts[i] - b.parts[i]; d != 0 {
			return d
		}
	}
	return 0
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "gofleet: "+format+"\n", values...)
	os.Exit(exitNoGo)
}

// The folders beside ours that hold a release, oldest first.
func listMounted(root string) []release {
	entries, _ := os.ReadDir(root)
	var found []release
	for _, entry := range entries {
		if r, ok := parseRelease(entry.Name()); ok && strings.HasPrefix(entry.Name(), "go") {
			if _, err := os.Stat(filepath.Join(root, r.name, "bin/go")); err == nil {
				found = append(found, r)
			}
		}
	}
	slices.SortFunc(found, release.compare)
	return found
}

type choice struct {
	mounted  []release
	standard release
}

func (c choice) describe() string {
	var names []string
	for _, r := range c.mounted {
		if r == c.standard {
			r.name += " (default)"
		}
		names = append(names, r.name)
	}
	return strings.Join(names, ", ")
}

func (c choice) missing(what, where string) {
	fail("%s wants %s; mounted here: %s; add it to spec.toolchain.releases of the GoRuntime", where, what, c.describe())
}

// What a version file asks for: a release, or the newest mounted one of a minor.
func (c choice) find(wish, where string) release {
	if wish == "system" {
		return c.standard
	}
	prefix := strings.TrimPrefix(strings.TrimPrefix(wish, "latest"), ":")
	if prefix == "" {
		return c.mounted[len(c.mounted)-1]
	}
	asked, ok := parseRelease(prefix)
	if !ok {
		fail("%s: %q is no Go release", where, wish)
	}
	isMinor := len(strings.Split(prefix, ".")) == 2 && asked.parts[2] == final
	var found *release
	for i, r := range c.mounted {
		if r.name == asked.name {
			return r
		}
		if isMinor && asked.parts[1] > 20 && r.parts[0] == asked.parts[0] && r.parts[1] == asked.parts[1] && r.parts[2] == final {
			found = &c.mounted[i]
		}
	}
	if found == nil {
		c.missing(asked.name, where)
	}
	return *found
}

// The oldest mounted release that is at least as new as what a module needs; exactly that one when it is there.
func (c choice) atLeast(need release, where string) release {
	for _, r := range c.mounted {
		if r.compare(need) >= 0 {
			return r
		}
	}
	c.missing(need.name+" or newer", where)
	return need
}

func words(line string) []string {
	line, _, _ = strings.Cut(line, "#")
	return strings.Fields(line)
}

func readLines(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
}

// The version in the nearest .tool-versions or .go-version, and where it stands.
func findPin(directory string) (wish, where string) {
	for dir := directory; ; dir = filepath.Dir(dir) {
		for i, line := range readLines(filepath.Join(dir, ".tool-versions")) {
			if w := words(line); len(w) > 1 && (w[0] == "golang" || w[0] == "go") {
				return w[1], fmt.Sprintf("%s:%d", filepath.Join(dir, ".tool-versions"), i+1)
			}
		}
		for i, line := range readLines(filepath.Join(dir, ".go-version")) {
			if w := words(line); len(w) > 0 {
				return w[0], fmt.Sprintf("%s:%d", filepath.Join(dir, ".go-version"), i+1)
			}
		}
		if dir == "/" || dir == "." {
			return "", ""
		}
	}
}

func findUp(directory, name string) string {
	for dir := directory; ; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
		if dir == "/" || dir == "." {
			return ""
		}
	}
}

// The file that Go reads its go and toolchain lines from.
func findGoFile(directory string) string {
	if os.Getenv("GO111MODULE") == "off" {
		return ""
	}
	switch work := os.Getenv("GOWORK"); work {
	case "off":
	case "":
		if found := findUp(directory, "go.work"); found != "" {
			return found
		}
	default:
		return work
	}
	return findUp(directory, "go.mod")
}

// The newest release that the lines of a go.mod or go.work ask for.
func readNeed(path string) (need release, where string) {
	for i, line := range readLines(path) {
		line, _, _ = strings.Cut(line, "//")
		w := strings.Fields(line)
		if len(w) != 2 || (w[0] != "go" && w[0] != "toolchain") {
			continue
		}
		if w[0] == "toolchain" && w[1] == "default" {
			return release{}, ""
		}
		name, _, _ := strings.Cut(w[1], "-")
		asked, ok := parseRelease(name)
		if ok && (where == "" || asked.compare(need) > 0) {
			need, where = asked, fmt.Sprintf("%s:%d", path, i+1)
		}
	}
	return need, where
}

// "go -C dir build", "go build -C dir", "go mod tidy -C dir": Go looks for its files from there.
func startDirectory() string {
	directory, err := os.Getwd()
	if err != nil {
		fail("%v", err)
	}
	for i := 1; i < len(os.Args) && i < 4; i++ {
		flag, value, joined := strings.Cut(os.Args[i], "=")
		if flag != "-C" && flag != "--C" {
			continue
		}
		if !joined && i+1 < len(os.Args) {
			value = os.Args[i+1]
		}
		if filepath.IsAbs(value) {
			return filepath.Clean(value)
		}
		return filepath.Join(directory, value)
	}
	return directory
}

// Which mounted release runs, and the GOTOOLCHAIN that it gets.
func choose(c choice, directory string) (release, string) {
	toolchain := os.Getenv("GOTOOLCHAIN")
	name, mode, _ := strings.Cut(toolchain, "+")
	if mode == "" && strings.HasPrefix(name, "go1") {
		return c.find(name, "GOTOOLCHAIN"), "local"
	}
	chosen := c.standard
	if wish, where := findPin(directory); wish != "" {
		chosen = c.find(wish, where)
	}
	if toolchain != "" && toolchain != "local" {
		// Who asks for Go's own rule gets it, downloads included.
		return chosen, toolchain
	}
	if need, where := readNeed(findGoFile(directory)); where != "" && chosen.parts[1] >= 21 && need.compare(chosen) > 0 {
		chosen = c.atLeast(need, where)
	}
	return chosen, "local"
}

// The environment for a release: its own cache below ours, no GOROOT, and no switching behind our back.
func environment(root string, chosen release, toolchain string) []string {
	cache := filepath.Join(root, "cache")
	var kept []string
	hasCache := false
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case name == "GOROOT" || name == "GOTOOLCHAIN":
			continue
		case name == "GOCACHE" && (value == "" || strings.HasPrefix(value, cache+"/")):
			continue
		case name == "GOCACHE":
			hasCache = true
		}
		kept = append(kept, entry)
	}
	if _, err := os.Stat(cache); !hasCache && err == nil {
		kept = append(kept, "GOCACHE="+filepath.Join(cache, chosen.name))
	}
	return append(kept, "GOTOOLCHAIN="+toolchain)
}

func main() {
	self, err := os.Executable()
	if err != nil {
		fail("%v", err)
	}
	root := filepath.Dir(filepath.Dir(self))
	c := choice{mounted: listMounted(root)}
	if len(c.mounted) == 0 {
		fail("no Go release is mounted in %s", root)
	}
	c.standard = c.mounted[len(c.mounted)-1]
	for _, r := range c.mounted {
		if r.name == os.Getenv("GOFLEET_DEFAULT_GO") {
			c.standard = r
		}
	}
	chosen, toolchain := choose(c, startDirectory())
	program := filepath.Join(root, chosen.name, "bin", filepath.Base(self))
	os.Args[0] = program
	fail("%s: %v", program, syscall.Exec(program, os.Args, environment(root, chosen, toolchain)))
}
`;
