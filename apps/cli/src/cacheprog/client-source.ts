/**
 * A program in Go that stands between the `go` command and the resident process: it starts in milliseconds, copies both ways, and
 * starts the resident when there is none. `client FOLDER PROGRAM ARGS…`: one socket in FOLDER for each command line with
 * each set of credentials.
 */
export const clientSource = `package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sort"
	"strings"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "gofleet cacheprog:", err)
		os.Exit(1)
	}
}

// run copies between the go command and the resident process until either ends.
func run(folder string, command []string) error {
	if err := enter(folder); err != nil {
		return err
	}
	conn, err := connect(socketName(command), command)
	if err != nil {
		return err
	}
	go func() {
		io.Copy(conn, os.Stdin)
		conn.CloseWrite()
	}()
	return show(conn)
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
		ended <- fmt.Errorf("%s", bytes.TrimSpace(text[:n]))
	}()
	return ended, nil
}

// show passes lines on: those that begin with # are for the user.
func show(conn io.Reader) error {
	lines := bufio.NewReader(conn)
	out := bufio.NewWriter(os.Stdout)
	for {
		line, err := lines.ReadSlice('\\n')
		if len(line) > 0 && line[0] == '#' {
			os.Stderr.Write(line[1:])
		} else {
			out.Write(line)
		}
		// The go command waits for every answer.
		if lines.Buffered() == 0 || err != nil {
			if out.Flush() != nil {
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil && err != bufio.ErrBufferFull {
			return fmt.Errorf("the resident process is gone: %w", err)
		}
	}
}
`;
