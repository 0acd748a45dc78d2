/**
 * A program in Go that stands between the `go` command and the resident process: it starts in milliseconds, passes lines both ways, and
 * starts the resident when there is none. When the resident is killed it answers the rest of the build itself. `client FOLDER PROGRAM ARGS…`: one socket in FOLDER for each command line with
 * each set of credentials.
 */
export const clientSource = `package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "gofleet cacheprog:", err)
		os.Exit(1)
	}
}

// run stands between the go command and the resident process until the build ends.
func run(folder string, command []string) error {
	if err := enter(folder); err != nil {
		return err
	}
	session := &session{open: map[int64]request{}}
	// The go command reads its packages while the resident process starts.
	os.Stdout.WriteString("{\\"ID\\":0,\\"KnownCommands\\":[\\"get\\",\\"put\\",\\"close\\"]}\\n")
	conn, err := connect(socketName(command), command)
	if err != nil {
		session.lost(err)
		session.pass(os.Stdin)
		return nil
	}
	session.conn, session.isAlive = conn, true
	go session.pass(os.Stdin)
	return session.show(conn)
}

// enter goes to the folder of sockets, since a socket's path may have a hundred bytes. Whoever else could
// write there could answer builds.
func enter(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := os.Chdir(folder); err != nil {
		return err
	}
	var facts syscall.Stat_t
	if err := syscall.Stat(".", &facts); err != nil {
		return err
	}
	if int(facts.Uid) != os.Getuid() || facts.Mode&0o077 != 0 {
		return fmt.Errorf("%s: expected a folder that only its owner can enter", folder)
	}
	return nil
}

// socketName is the same for the same command line with the same settings and credentials.
func socketName(command []string) string {
	settings := []string{}
	for _, setting := range os.Environ() {
		if strings.HasPrefix(setting, "GOFLEET_CACHE") || strings.HasPrefix(setting, "AWS_") {
			settings = append(settings, setting)
		}
	}
	sort.Strings(settings)
	sum := sha256.Sum256([]byte(strings.Join(append(settings, command...), "\\x00")))
	return fmt.Sprintf("%x.sock", sum[:8])
}

func dial(name string) (*net.UnixConn, error) {
	return net.DialUnix("unix", nil, &net.UnixAddr{Name: name, Net: "unix"})
}

func connect(name string, command []string) (*net.UnixConn, error) {
	if conn, err := dial(name); err == nil {
		return conn, nil
	}
	ended, err := start(name, command)
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if conn, err := dial(name); err == nil {
			return conn, nil
		}
		select {
		case err := <-ended:
			return nil, err
		default:
		}
	}
	return nil, fmt.Errorf("%s did not begin to listen", command[0])
}

// start starts the resident process, which outlives this one; what it complains of before it ends is the error.
func start(name string, command []string) (<-chan error, error) {
	log, err := os.CreateTemp(".", "*.log")
	if err != nil {
		return nil, err
	}
	resident := exec.Command(command[0], append(command[1:], "--socket", name)...)
	resident.Stderr = log
	// Bundles of 16 MB come and go: the C library keeps their memory instead of giving it back each time.
	resident.Env = append(os.Environ(), "MALLOC_ARENA_MAX=1",
		"MALLOC_MMAP_THRESHOLD_=33554432", "MALLOC_TRIM_THRESHOLD_=134217728")
	resident.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := resident.Start(); err != nil {
		return nil, err
	}
	os.Remove(log.Name())
	ended := make(chan error, 1)
	go func() {
		resident.Wait()
		text := make([]byte, 4096)
		n, _ := log.ReadAt(text, 0)
		ended <- fmt.Errorf("the resident process ended: %s", bytes.TrimSpace(text[:n]))
	}()
	return ended, nil
}

// A request of the go command, as far as it is needed to answer it without a resident process.
type request struct {
	ID       int64
	Command  string
	OutputID []byte
	BodySize int64
	body     []byte
}

// session is one build. When the resident process is gone, what it left open and what comes after is answered
// here: nothing is found any more, and what is put is kept until the build ends.
type session struct {
	conn    *net.UnixConn
	mutex   sync.Mutex
	isAlive bool
	open    map[int64]request
	folder  string
	// Whether the go command went away.
	isOver bool
}

// pass reads what the go command asks, and passes it on.
func (s *session) pass(stdin io.Reader) {
	lines := bufio.NewReaderSize(stdin, 1<<16)
	for {
		line, err := lines.ReadBytes('\\n')
		if err != nil {
			s.leave()
			return
		}
		var asked request
		if json.Unmarshal(line, &asked) != nil {
			continue
		}
		// An empty line may come before a body.
		for asked.BodySize > 0 && len(bytes.TrimSpace(asked.body)) == 0 && err == nil {
			asked.body, err = lines.ReadBytes('\\n')
		}
		s.ask(asked, append(line, asked.body...))
	}
}

func (s *session) ask(asked request, text []byte) {
	s.mutex.Lock()
	isAlive := s.isAlive
	if isAlive {
		s.open[asked.ID] = asked
	}
	s.mutex.Unlock()
	if !isAlive {
		s.answer(asked)
	} else {
		// A failure shows where answers are read.
		s.conn.Write(text)
	}
}

// answer stands in for a resident process that is gone.
func (s *session) answer(asked request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	reply := map[string]any{"ID": asked.ID}
	switch asked.Command {
	case "get":
		reply["Miss"] = true
	case "put":
		path, err := s.keep(asked)
		if err != nil {
			reply["Err"] = err.Error()
		} else {
			reply["DiskPath"] = path
		}
	case "close":
		os.RemoveAll(s.folder)
	}
	text, _ := json.Marshal(reply)
	os.Stdout.Write(append(text, '\\n'))
	if asked.Command == "close" {
		os.Exit(0)
	}
}

func (s *session) keep(asked request) (string, error) {
	var body []byte
	if asked.BodySize > 0 {
		if err := json.Unmarshal(asked.body, &body); err != nil {
			return "", err
		}
	}
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], asked.OutputID) {
		return "", fmt.Errorf("the body has another hash than OutputID says")
	}
	if s.folder == "" {
		folder, err := os.MkdirTemp("", "gofleet-cacheprog-")
		if err != nil {
			return "", err
		}
		s.folder = folder
	}
	path := filepath.Join(s.folder, fmt.Sprintf("%x-d", asked.OutputID))
	return path, os.WriteFile(path, body, 0o600)
}

// leave ends the build of a go command that went away.
func (s *session) leave() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.isAlive {
		os.RemoveAll(s.folder)
		os.Exit(0)
	}
	s.isOver = true
	s.conn.CloseWrite()
}

// lost goes on without a resident process: what it left open is answered.
func (s *session) lost(why error) {
	s.mutex.Lock()
	s.isAlive = false
	left := s.open
	s.open = nil
	s.mutex.Unlock()
	fmt.Fprintln(os.Stderr, "gofleet cacheprog: the build goes on without a cache:", why)
	for _, asked := range left {
		s.answer(asked)
	}
}

// settle notes that a line answers a request: whether it does, and whether it was the goodbye.
func (s *session) settle(line []byte) (isAnswer, isGoodbye bool) {
	var told struct{ ID int64 }
	if json.Unmarshal(line, &told) != nil {
		return true, false
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	isGoodbye = s.open[told.ID].Command == "close"
	delete(s.open, told.ID)
	// Number 0 is a greeting, which the go command has.
	return told.ID != 0, isGoodbye
}

// show passes lines on: those that begin with # are for the user.
func (s *session) show(conn io.Reader) error {
	lines := bufio.NewReader(conn)
	out := bufio.NewWriter(os.Stdout)
	isDone := false
	for {
		line, err := lines.ReadBytes('\\n')
		if err == nil && line[0] == '#' {
			os.Stderr.Write(line[1:])
		} else if err == nil {
			isAnswer, isGoodbye := s.settle(line)
			isDone = isGoodbye || isDone
			if isAnswer {
				out.Write(line)
			}
		}
		// The go command waits for every answer.
		if lines.Buffered() == 0 || err != nil {
			if out.Flush() != nil {
				return nil
			}
		}
		if err == nil {
			continue
		}
		if !isDone && !s.isOver {
			s.lost(fmt.Errorf("the resident process is gone"))
			select {}
		}
		return nil
	}
}
`;
