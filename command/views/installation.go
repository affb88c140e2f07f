package views

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Download shows how a download goes: as a bar at a terminal, else as a line
// when it begins. It is safe for concurrent use.
type Download struct {
	t *Terminal

	mu    sync.Mutex
	what  string
	size  int64
	last  time.Time
	drawn int64
}

// NewDownload returns a view that prints to t.
func NewDownload(t *Terminal) *Download { return &Download{t: t} }

// Begin says that an executable of so many bytes is about to be downloaded.
func (d *Download) Begin(source, version string, size int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.what, d.size, d.last, d.drawn = source+" "+version, size, time.Time{}, 0
	d.t.PrintErr("Downloading " + clean(d.what) + " (" + Bytes(size) + ")...\n")
}

// Advance says how many bytes there are by now.
func (d *Download) Advance(done int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.last) < moment/10 {
		return
	}
	d.last = time.Now()
	d.t.setStatus(bar(done, d.size, d.t.ErrStyle.Unicode))
}

// End says that the download is over, however it ended.
func (d *Download) End() { d.t.setStatus("") }

// bar draws how much of a whole there is.
func bar(done, size int64, unicode bool) string {
	const cells = 30
	done = min(max(done, 0), size)
	full := int(done * cells / max(size, 1))
	filled, empty := "=", "-"
	if unicode {
		filled, empty = "█", "░"
	}
	return fmt.Sprintf("%s%s %3d%% of %s", strings.Repeat(filled, full), strings.Repeat(empty, cells-full), done*100/max(size, 1), Bytes(size))
}

// Bytes writes a number of bytes as people read it.
func Bytes(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, prefix := float64(n)/unit, 0
	for value >= unit && prefix < 2 {
		value /= unit
		prefix++
	}
	return fmt.Sprintf("%.1f %cB", value, "kMG"[prefix])
}

// InstalledProvider is what `init -json` says of a provider.
type InstalledProvider struct {
	Source  string `json:"source"`
	Version string `json:"version,omitempty"` // none of a built-in one
	Builtin bool   `json:"builtin"`
	// From is the folder or the index that it was got from, if it was.
	From string `json:"from,omitempty"`
	// SigningKey is the key of its publisher, and FirstUse says that it is
	// trusted because it is the first that was seen.
	SigningKey string `json:"signing_key,omitempty"`
	FirstUse   bool   `json:"first_use,omitempty"`
	// Overridden says that a development override stands for it.
	Overridden bool `json:"overridden,omitempty"`
}

// Initialised prints which providers a project uses, once they are installed.
func (j *JSON) Initialised(all []InstalledProvider) {
	if all == nil {
		all = []InstalledProvider{}
	}
	j.line("info", "The project is ready.", "initialised", struct {
		Providers []InstalledProvider `json:"providers"`
	}{all})
}
