//go:build unix

package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

func TestFolderSyncsAreShared(t *testing.T) {
	f := newFolders()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			for range 20 {
				if err := f.sync(dir); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(f.rooms) != 0 {
		t.Errorf("%d folders are not forgotten", len(f.rooms))
	}
	if err := f.sync(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("syncing what is not there: %v", err)
	}
}

// A sync must begin after the call that waits for it: one that is under way
// already may have missed what the caller did.
func TestFolderSyncBeginsAfterTheCall(t *testing.T) {
	f := newFolders()
	var began atomic.Int64
	block := make(chan struct{})
	f.syncFolder = func(string) error {
		if began.Add(1) == 1 {
			<-block
		}
		return nil
	}
	first := make(chan error, 1)
	go func() { first <- f.sync("d") }()
	for began.Load() == 0 {
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := f.sync("d"); err != nil {
				t.Error(err)
			}
			if began.Load() < 2 {
				t.Error("it shared a sync that had begun before")
			}
		})
	}
	for waiting := 0; waiting < 51; {
		f.mu.Lock()
		waiting = f.rooms["d"].users
		f.mu.Unlock()
	}
	close(block)
	wg.Wait()
	if err := <-first; err != nil {
		t.Error(err)
	}
	if n := began.Load(); n != 2 {
		t.Errorf("51 calls took %d syncs, not 2", n)
	}
}

func TestManyWritersMakeOneFolder(t *testing.T) {
	f := newFixture(t)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			req := f.request(providers.Create, fileType, cty.NilVal, a("path", fmt.Sprintf("p/q/%d", i), "content", "x"))
			resp, err := f.p.Apply(t.Context(), req)
			if err != nil || resp.Diagnostics != nil {
				t.Errorf("%v, %v", resp.Diagnostics, err)
			}
		})
	}
	wg.Wait()
	if n, err := os.ReadDir(f.path("p/q")); err != nil || len(n) != 64 {
		t.Errorf("there are %d files (%v)", len(n), err)
	}
}

// BenchmarkLife is what 1,000 files cost from the first plan to the last, by
// how many are worked on at once.
func BenchmarkLife(b *testing.B) {
	for _, atOnce := range []int{1, 10, 64} {
		b.Run(fmt.Sprintf("atonce=%d", atOnce), func(b *testing.B) {
			for b.Loop() {
				benchmarkLife(b, atOnce)
			}
		})
	}
}

func benchmarkLife(b *testing.B, atOnce int) {
	const files = 1000
	f := newFixture(b)
	states := make([]cty.Value, files)
	phase := func(name string, do func(i int)) {
		var wg sync.WaitGroup
		var next atomic.Int64
		before := b.Elapsed()
		for range atOnce {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < files; i = next.Add(1) - 1 {
					do(int(i))
				}
			})
		}
		wg.Wait()
		b.ReportMetric(float64((b.Elapsed()-before).Microseconds())/1000, name+"-ms")
	}
	config := func(i int, content string) attrs {
		return a("path", fmt.Sprintf("d/file-%d", i), "content", fmt.Sprintf("%s %d\n", content, i))
	}
	check := func(i int, resp providers.ApplyResponse) {
		if resp.Diagnostics != nil {
			b.Error(resp.Diagnostics)
		}
		states[i] = resp.State
	}
	phase("create", func(i int) { check(i, f.create(fileType, config(i, "one"))) })
	phase("noop", func(i int) {
		now := f.read(fileType, states[i])
		if p := f.plan(fileType, now.State, config(i, "one")); !p.Planned.RawEquals(now.State) {
			b.Error("the plan shows changes")
		}
	})
	phase("update", func(i int) { check(i, f.update(fileType, states[i], config(i, "two"))) })
	phase("delete", func(i int) { check(i, f.remove(fileType, providers.ApplyResponse{State: states[i]})) })
}
