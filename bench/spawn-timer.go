// Spawn-timer reads a plan from standard input, runs its commands in turn, round by round, and prints the wall time of each run in
// nanoseconds, from before the fork to the end of the child: {"name": [ns, …]}.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
)

type command struct {
	Name string   `json:"name"`
	Argv []string `json:"argv"`
	Env  []string `json:"env"`
}

type plan struct {
	Rounds   int       `json:"rounds"`
	Dir      string    `json:"dir"`
	Commands []command `json:"commands"`
}

func run(c command, attr *syscall.ProcAttr) (int64, error) {
	attr.Env = c.Env
	startedAt := time.Now()
	pid, err := syscall.ForkExec(c.Argv[0], c.Argv, attr)
	if err != nil {
		return 0, err
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return 0, err
	}
	took := time.Since(startedAt).Nanoseconds()
	if status.ExitStatus() != 0 {
		return 0, fmt.Errorf("exit status %d", status.ExitStatus())
	}
	return took, nil
}

func main() {
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	var p plan
	if err := json.NewDecoder(os.Stdin).Decode(&p); err != nil {
		panic(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	attr := &syscall.ProcAttr{Dir: p.Dir, Files: []uintptr{null.Fd(), null.Fd(), 2}}
	took := map[string][]int64{}
	for round := 0; round < p.Rounds; round++ {
		for _, c := range p.Commands {
			ns, err := run(c, attr)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", c.Name, err)
				os.Exit(1)
			}
			took[c.Name] = append(took[c.Name], ns)
		}
	}
	json.NewEncoder(os.Stdout).Encode(took)
}
