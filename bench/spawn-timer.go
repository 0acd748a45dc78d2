// Spawn-timer reads a plan from standard input, runs its commands in turn, round by round, and prints two times of each run in
// nanoseconds: by the clock, from before the fork to the end of the child, and of the processors: {"name": {"wall": […], "cpu": […]}}.
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

type times struct {
	Wall []int64 `json:"wall"`
	CPU  []int64 `json:"cpu"`
}

func (t *times) run(c command, attr *syscall.ProcAttr) error {
	attr.Env = c.Env
	startedAt := time.Now()
	pid, err := syscall.ForkExec(c.Argv[0], c.Argv, attr)
	if err != nil {
		return err
	}
	var status syscall.WaitStatus
	var usage syscall.Rusage
	if _, err := syscall.Wait4(pid, &status, 0, &usage); err != nil {
		return err
	}
	took := time.Since(startedAt).Nanoseconds()
	if status.ExitStatus() != 0 {
		return fmt.Errorf("exit status %d", status.ExitStatus())
	}
	t.Wall = append(t.Wall, took)
	t.CPU = append(t.CPU, usage.Utime.Nano()+usage.Stime.Nano())
	return nil
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
	took := map[string]*times{}
	for _, c := range p.Commands {
		took[c.Name] = &times{}
	}
	for round := 0; round < p.Rounds; round++ {
		for _, c := range p.Commands {
			if err := took[c.Name].run(c, attr); err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", c.Name, err)
				os.Exit(1)
			}
		}
	}
	json.NewEncoder(os.Stdout).Encode(took)
}
