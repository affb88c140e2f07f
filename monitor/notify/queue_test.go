package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwork-hcl/clockwork/internal/journal"
)

func TestDelivery(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "notify")
	good := newHook(t, nil)
	release := make(chan struct{})
	dead := newHook(t, func(http.ResponseWriter, *http.Request, int) { <-release })
	defer close(release)
	out := filepath.Join(t.TempDir(), "out")
	var l logs
	q := open(t, dir, l.options(map[string]Target{
		"good":    Webhook{URL: good.URL + "/hunter2?k=hunter2", Secret: "hunter2", Headers: map[string]string{"X-Key": "hunter2"}},
		"dead":    Webhook{URL: dead.URL},
		"command": shell(`echo "$CLOCKWORK_ID" >>"$1"`, out),
	}))
	var want []string
	for n := range 20 {
		m := message(n, Opened)
		must(t, q.Enqueue(m, "good", "dead", "command", "gone"))
		must(t, q.Enqueue(m, "good", "dead")) // twice
		want = append(want, m.Incident+"-opened")
	}
	stop := run(t, q)
	wait(t, "delivery", func() bool { return q.Pending() == 20 }) // those of the dead one
	if d := cmp.Diff(want, good.ids()); d != "" {
		t.Error(d)
	}
	data, err := os.ReadFile(out)
	must(t, err)
	if d := cmp.Diff(strings.Join(want, "\n")+"\n", string(data)); d != "" {
		t.Error(d)
	}
	stop()
	if all := contents(t, dir) + l.String(); strings.Contains(all, "hunter2") {
		t.Errorf("a secret is in the queue or the log:\n%s", all)
	}
	if n := strings.Count(l.String(), "not configured any more"); n != 20 {
		t.Errorf("%d lines say that a target is gone:\n%s", n, l.String())
	}

	// Started again, it knows what is open and what was sent.
	q = open(t, dir, l.options(map[string]Target{"good": Webhook{URL: good.URL}, "dead": Webhook{URL: good.URL}}))
	if n := q.Pending(); n != 20 {
		t.Fatalf("%d are pending", n)
	}
	must(t, q.Enqueue(message(3, Opened), "good", "dead"))
	must(t, q.Enqueue(message(3, Healed), "good"))
	run(t, q)
	wait(t, "delivery", func() bool { return q.Pending() == 0 })
	got := good.ids()[20:]
	slices.Sort(got)
	if d := cmp.Diff(slices.Insert(slices.Clone(want), 3, "20261125-1650-0003-healed"), got); d != "" {
		t.Error(d)
	}
}

// An incident has one message of each event, but of proposals one for each ID.
func TestProposalsAreSeveral(t *testing.T) {
	h := newHook(t, nil)
	var l logs
	dir := t.TempDir()
	q := open(t, dir, l.options(map[string]Target{"hook": Webhook{URL: h.URL}}))
	m := message(1, Proposed)
	second := m
	second.ID = m.Incident + "-proposed-2"
	for _, m := range []Message{m, second, m, second} {
		must(t, q.Enqueue(m, "hook"))
	}
	stop := run(t, q)
	wait(t, "delivery", func() bool { return q.Pending() == 0 })
	stop()
	q = open(t, dir, l.options(map[string]Target{"hook": Webhook{URL: h.URL}}))
	must(t, q.Enqueue(second, "hook"))
	if q.Pending() != 0 {
		t.Error("what was sent before a restart is sent again")
	}
	must(t, q.Close())
	if d := cmp.Diff([]string{m.Incident + "-proposed", m.Incident + "-proposed-2"}, h.ids()); d != "" {
		t.Error(d)
	}
}

func TestRefusedMessages(t *testing.T) {
	var l logs
	q := open(t, t.TempDir(), l.options(nil))
	defer q.Close()
	for _, m := range []Message{{}, {Incident: "a"}, {Incident: "a b", Event: Opened}, {Incident: "a", Event: "danced"}, {ID: "x\r\ny", Incident: "a", Event: Opened}} {
		if err := q.Enqueue(m, "x"); err == nil {
			t.Errorf("%+v is accepted", m)
		}
	}
	m := message(1, Opened)
	m.Detail = strings.Repeat("ä", maxDetail)
	must(t, q.Enqueue(m, "x"))
	if got := q.lines["x"].items[0].message.Detail; len(got) > maxDetail || !strings.HasSuffix(got, "ä…") {
		t.Errorf("a long detail has %d bytes", len(got))
	}
	if _, err := Open(filepath.Dir(q.path), l.options(nil)); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("a second queue in the folder: %v", err)
	}
}

// TestOrderAndRefusal: a message that its target refuses holds nobody up.
func TestOrderAndRefusal(t *testing.T) {
	h := newHook(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if strings.Contains(r.Header.Get("Idempotency-Key"), "0001") {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	var l logs
	q := open(t, t.TempDir(), l.options(map[string]Target{"x": Webhook{URL: h.URL}}))
	run(t, q)
	for n := range 4 {
		must(t, q.Enqueue(message(n, Opened), "x"))
	}
	wait(t, "delivery", func() bool { return q.Pending() == 0 })
	if got := h.ids(); len(got) != 4 || !slices.IsSorted(got) {
		t.Errorf("sent: %q", got)
	}
	if !strings.Contains(l.String(), "refuses it") {
		t.Error(l.String())
	}
}

func TestFullQueue(t *testing.T) {
	var l logs
	opts := l.options(nil)
	opts.MaxMessages = 5
	dir := t.TempDir()
	q := open(t, dir, opts)
	for n := range 8 {
		must(t, q.Enqueue(message(n, Opened), "x"))
	}
	check := func() {
		t.Helper()
		var got []string
		for _, it := range q.lines["x"].items {
			got = append(got, it.message.Incident[14:])
		}
		if d := cmp.Diff([]string{"0003", "0004", "0005", "0006", "0007"}, got); d != "" {
			t.Error(d)
		}
	}
	check()
	if n := strings.Count(l.String(), "the queue is full"); n != 3 {
		t.Errorf("%d warnings", n)
	}
	must(t, q.Close())
	q = open(t, dir, opts)
	check()
	must(t, q.Close())
	opts.MaxMessages, opts.MaxBytes = 0, 1000
	q = open(t, dir, opts)
	defer q.Close()
	must(t, q.Enqueue(message(9, Opened), "x"))
	if q.bytes > 1000 || q.Pending() < 2 {
		t.Errorf("%d messages of %d bytes", q.Pending(), q.bytes)
	}
}

// TestSchedule: when attempts are made, to the instant.
func TestSchedule(t *testing.T) {
	h := newHook(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(500) }) // outside the bubble
	url, dir := h.URL, t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var l logs
		var mu sync.Mutex
		var at []time.Duration
		start := time.Now()
		opts := l.options(nil)
		opts.Lookup = func(context.Context, string) (Target, error) {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Since(start))
			return Webhook{URL: url}, nil
		}
		q := open(t, dir, opts)
		must(t, q.Enqueue(message(1, Opened), "x"))
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			q.Run(ctx)
		}()
		time.Sleep(20 * time.Hour)
		must(t, q.Enqueue(message(2, Opened), "x")) // is not tried before the first is given up
		time.Sleep(25 * time.Hour)
		cancel()
		<-done
		var gaps []time.Duration
		for i := 1; i < len(at); i++ {
			gaps = append(gaps, at[i]-at[i-1])
		}
		want := []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}
		for i := range want {
			want[i] *= time.Second
		}
		for len(want) < len(gaps) {
			want = append(want, maxDelay)
		}
		if d := cmp.Diff(want, gaps); d != "" || at[0] != 0 {
			t.Error(at[0], d)
		}
		// The second is given up at 44 h, so 15 minutes apart up to then.
		if last := at[len(at)-1]; last < 44*time.Hour || last > 44*time.Hour+maxDelay || q.Pending() != 0 {
			t.Errorf("the last attempt was after %s, %d are pending", last, q.Pending())
		}
		if n := strings.Count(l.String(), "for too long"); n != 2 {
			t.Errorf("%d warnings that a message was given up", n)
		}
		must(t, q.Close())
	})
	if n := len(h.got()); n < 100 {
		t.Errorf("%d requests", n)
	}
}

func TestJitter(t *testing.T) {
	if got := delay(1, 0.999); got < 800*time.Millisecond || got > time.Second {
		t.Errorf("the least delay is %s", got)
	}
	if got := delay(1_000_000, 0); got != maxDelay {
		t.Errorf("the greatest delay is %s", got)
	}
}

// TestWakeAndRecovery: settings that change are used, at once if Wake says so.
func TestWakeAndRecovery(t *testing.T) {
	h := newHook(t, nil)
	url := h.URL
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var l logs
		var mu sync.Mutex
		var target Target = shell("exit 1")
		opts := l.options(nil)
		opts.Lookup = func(context.Context, string) (Target, error) {
			mu.Lock()
			defer mu.Unlock()
			return target, nil
		}
		q := open(t, dir, opts)
		ctx, cancel := context.WithCancel(context.Background())
		go q.Run(ctx)
		must(t, q.Enqueue(message(1, Opened), "x"))
		time.Sleep(time.Hour + time.Second)
		mu.Lock()
		target = Webhook{URL: url}
		mu.Unlock()
		q.Wake()
		start := time.Now()
		for q.Pending() > 0 {
			time.Sleep(time.Millisecond)
		}
		if waited := time.Since(start); waited > time.Second {
			t.Errorf("delivered %s after Wake", waited)
		}
		cancel()
		synctest.Wait()
		must(t, q.Close())
		if !strings.Contains(l.String(), "failed_attempts=") {
			t.Error(l.String())
		}
	})
}

func TestForgetting(t *testing.T) {
	h := newHook(t, nil)
	url, dir := h.URL, t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var l logs
		opts := l.options(map[string]Target{"x": Webhook{URL: url}})
		q := open(t, dir, opts)
		ctx, cancel := context.WithCancel(context.Background())
		go q.Run(ctx)
		for range 9 {
			must(t, q.Enqueue(message(1, Opened), "x"))
			time.Sleep(24 * time.Hour)
		}
		cancel()
		synctest.Wait()
		must(t, q.Close())
	})
	if n := len(h.got()); n != 2 {
		t.Errorf("sent %d times in 9 days, when it is remembered for 7", n)
	}
}

func TestDamagedQueue(t *testing.T) {
	var l logs
	dir := t.TempDir()
	q := open(t, dir, l.options(nil))
	for n := range 5 {
		must(t, q.Enqueue(message(n, Opened), "x"))
	}
	must(t, q.Close())
	whole, err := os.ReadFile(q.path)
	must(t, err)
	for _, test := range []struct {
		name    string
		data    string
		pending int
		warns   bool
	}{
		{"torn", string(whole[:len(whole)-10]), 4, true},
		{"zeros", string(whole) + strings.Repeat("\x00", 3*maxRecord), 5, true},
		{"one changed", strings.Replace(string(whole), "-0002-", "-0009-", 1), 4, true},
		{"whole", string(whole), 5, false},
	} {
		before := l.String()
		must(t, os.WriteFile(q.path, []byte(test.data), 0o600))
		q := open(t, dir, l.options(nil))
		if n := q.Pending(); n != test.pending {
			t.Errorf("%s: %d are pending", test.name, n)
		}
		if warned := strings.Contains(l.String()[len(before):], "not whole"); warned != test.warns {
			t.Errorf("%s: warned: %v", test.name, warned)
		}
		must(t, q.Close())
	}
	newer, err := appendRecord(nil, record{Queue: &header{2}})
	must(t, err)
	for _, data := range []string{"", "hello\n", string(newer)} {
		must(t, os.WriteFile(q.path, []byte(data), 0o600))
		q, err := Open(dir, l.options(nil))
		if data == "" && err == nil {
			must(t, q.Close()) // an empty file loses nothing more
			continue
		}
		if err == nil {
			t.Fatalf("%q is accepted", data)
		}
		if kept, _ := os.ReadFile(filepath.Join(dir, "queue")); string(kept) != data {
			t.Errorf("%q was changed", data)
		}
	}
}

// TestRewriting: the file does not grow with what is past.
func TestRewriting(t *testing.T) {
	var l logs
	dir := t.TempDir()
	q := open(t, dir, l.options(nil))
	defer q.Close()
	must(t, q.Enqueue(message(0, Opened), "kept"))
	m := message(1, Opened)
	m.Detail = strings.Repeat("x", maxDetail)
	for n := range 400 {
		m.Incident = fmt.Sprint(n)
		must(t, q.Enqueue(m, "x"))
		q.mu.Lock()
		q.remove(q.lines["x"], q.lines["x"].items[0])
		q.mu.Unlock()
		if size := q.file.Size(); size > 2*compactFrom {
			t.Fatalf("after %d messages the file has %d bytes", n, size)
		}
	}
	if q.Pending() != 1 {
		t.Errorf("%d are pending", q.Pending())
	}
}

// TestFullQueueIsRewritten: many enqueue, which drops what is oldest and writes
// the file anew again and again.
func TestFullQueueIsRewritten(t *testing.T) {
	var l logs
	opts := l.options(nil)
	opts.MaxMessages = 5
	dir := t.TempDir()
	q := open(t, dir, opts)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			m := message(1, Opened)
			m.Detail = strings.Repeat("x", maxDetail)
			for n := range 40 {
				m.Incident = fmt.Sprintf("%d-%d", i, n)
				if err := q.Enqueue(m, "x", "y"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	must(t, q.Close())
	q = open(t, dir, opts)
	defer q.Close()
	if q.Pending() != 5 {
		t.Errorf("%d are pending", q.Pending())
	}
}

func TestBrokenFileIsMended(t *testing.T) {
	var l logs
	dir := t.TempDir()
	q := open(t, dir, l.options(nil))
	must(t, q.Enqueue(message(1, Opened), "x"))
	q.file.Close() // as after an fsync that failed
	must(t, q.Enqueue(message(2, Opened), "x"))
	must(t, q.Close())
	q = open(t, dir, l.options(nil))
	defer q.Close()
	if q.Pending() != 2 {
		t.Errorf("%d are pending", q.Pending())
	}
}

const childVariable = "NOTIFY_TEST_CHILD"

func TestMain(m *testing.M) {
	if args := strings.Split(os.Getenv(childVariable), " "); len(args) == 3 {
		if err := work(args[0], args[1], args[2]); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// work enqueues and delivers until it is killed, and says what was enqueued.
func work(dir, url, prefix string) error {
	q, err := Open(dir, Options{Lookup: func(context.Context, string) (Target, error) { return Webhook{URL: url}, nil }})
	if err != nil {
		return err
	}
	go q.Run(context.Background())
	for n := range 1_000_000 {
		m := message(n, Opened)
		m.Incident = fmt.Sprintf("%s-%06d", prefix, n)
		if err := q.Enqueue(m, "x"); err != nil {
			return err
		}
		fmt.Println(m.Incident + "-opened")
	}
	return nil
}

// TestKill kills a process at work, again and again: what it had enqueued is
// delivered, in order, and at most the one under way twice.
func TestKill(t *testing.T) {
	h := newHook(t, nil)
	dir := t.TempDir()
	self, err := os.Executable()
	must(t, err)
	rng := rand.New(rand.NewPCG(3, 4))
	said := map[string]bool{}
	const kills = 10
	for n := range kills {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %02d", childVariable, dir, h.URL, n))
		var out bytes.Buffer
		cmd.Stdout = &out
		must(t, cmd.Start())
		timer := time.AfterFunc(time.Duration(100+rng.IntN(150))*time.Millisecond, func() { cmd.Process.Kill() })
		cmd.Wait()
		timer.Stop()
		if strings.Contains(out.String(), "error") {
			t.Fatal(out.String())
		}
		for _, line := range strings.SplitAfter(out.String(), "\n") {
			if id, whole := strings.CutSuffix(line, "\n"); whole {
				said[id] = true
			}
		}
	}
	var l logs
	q := open(t, dir, l.options(map[string]Target{"x": Webhook{URL: h.URL}}))
	run(t, q)
	wait(t, "delivery", func() bool { return q.Pending() == 0 })
	sent := h.ids()
	if !slices.IsSorted(sent) {
		t.Error("the order is not kept")
	}
	distinct := slices.Compact(slices.Clone(sent))
	if twice := len(sent) - len(distinct); twice > kills {
		t.Errorf("%d were sent twice by %d kills", twice, kills)
	}
	for id := range said {
		if !slices.Contains(distinct, id) {
			t.Errorf("%s was enqueued and never sent", id)
		}
	}
	if len(said) == 0 || len(sent) < kills {
		t.Errorf("%d were enqueued, %d sent", len(said), len(sent))
	}
}
