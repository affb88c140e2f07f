package main

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	sampleEvery = 5 * time.Millisecond
	// Looking for new processes costs more than reading of known ones.
	searchEvery = 4 // samples
)

// watch follows a process and its descendants through /proc.
type watch struct {
	stop, stopped chan struct{}
	seen          map[int]*usage
}

// usage is what was last read of one process.
type usage struct {
	peak int64
	cpu  time.Duration
}

func newWatch(command *exec.Cmd) *watch {
	// A group of its own, so that a timeout ends the provider as well.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	return &watch{stop: make(chan struct{}), stopped: make(chan struct{}), seen: map[int]*usage{}}
}

func (w *watch) begin(pid int) {
	go func() {
		defer close(w.stopped)
		ticker := time.NewTicker(sampleEvery)
		defer ticker.Stop()
		for n := 0; ; n++ {
			if n%searchEvery == 0 {
				w.search(pid)
			}
			for pid, u := range w.seen {
				u.sample(pid)
			}
			select {
			case <-w.stop:
				return
			case <-ticker.C:
			}
		}
	}()
}

// end returns the processor time of all processes and the sum of their peaks.
//
// The kernel's own account, which comes with the exit status, holds the process
// and those descendants that it waited for: exact processor time, and the peak
// of the largest. It corrects what was sampled, unless the peak is no more than
// our own, which a process inherits until it has replaced its memory.
func (w *watch) end(state *os.ProcessState) (time.Duration, int64) {
	close(w.stop)
	<-w.stopped
	var cpu time.Duration
	var sum, largest int64
	for _, u := range w.seen {
		cpu += u.cpu
		sum += u.peak
		largest = max(largest, u.peak)
	}
	cpu = max(cpu, state.UserTime()+state.SystemTime())
	if account, ok := state.SysUsage().(*syscall.Rusage); ok {
		exact := account.Maxrss << 10
		var own usage
		own.sample(os.Getpid())
		if exact > largest && exact > own.peak {
			sum += exact - largest
		}
	}
	return cpu, sum
}

// search adds the process and all its descendants to those that are followed.
func (w *watch) search(pid int) {
	if w.seen[pid] == nil {
		w.seen[pid] = &usage{}
	}
	task := "/proc/" + strconv.Itoa(pid) + "/task/"
	threads, err := os.ReadDir(task)
	if err != nil {
		return // it has ended
	}
	for _, thread := range threads {
		children, err := os.ReadFile(task + thread.Name() + "/children")
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(children)) {
			if child, err := strconv.Atoi(field); err == nil {
				w.search(child)
			}
		}
	}
}

// sample reads the counters of a process; one that has ended keeps its last.
func (u *usage) sample(pid int) {
	folder := "/proc/" + strconv.Itoa(pid)
	if status, err := os.ReadFile(folder + "/status"); err == nil {
		if _, rest, found := bytes.Cut(status, []byte("\nVmHWM:")); found {
			if kib, err := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64); err == nil {
				u.peak = max(u.peak, kib<<10)
			}
		}
	}
	if stat, err := os.ReadFile(folder + "/stat"); err == nil {
		u.cpu = max(u.cpu, processorTime(string(stat)))
	}
}

// processorTime reads user and system time, in hundredths of a second, from a
// line of /proc/PID/stat: the 14th and 15th field, counted behind the name,
// which may hold anything, in parentheses.
func processorTime(stat string) time.Duration {
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 13 {
		return 0
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100)
}
