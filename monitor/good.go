package monitor

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/journal"
	"github.com/clockwork-hcl/clockwork/state"
)

// goodName is the file in a project's state folder that names the last state that
// is known to be good.
const goodName = "monitor.good"

// knownGood is a state with which all was healthy for long enough.
type knownGood struct {
	Lineage string `json:"lineage"`
	Serial  uint64 `json:"serial"` // 0 for none
}

// judgeGood notes that the state was a good one if all was healthy with it for long
// enough until now. It tells whether that is news, to be kept. The lock must be held.
func (p *project) judgeGood(now time.Time) (knownGood, bool) {
	news := !p.green.IsZero() && now.Sub(p.green) >= p.opts.SustainedFor && p.good.Serial != p.serial
	if news {
		p.good.Serial = p.serial
	}
	return p.good, news
}

// judgeGreen does so, and notes since when all is healthy. The lock must be held.
func (p *project) judgeGreen(now time.Time) (knownGood, bool) {
	good, news := p.judgeGood(now)
	switch {
	case p.ill > 0:
		p.green = time.Time{}
	case p.green.IsZero():
		p.green = now
	}
	return good, news
}

// keepGood has the next monitor know a good state, if it is news.
func (p *project) keepGood(good knownGood, news bool) {
	if !news {
		return
	}
	content, err := json.Marshal(good)
	if err == nil && !p.missing() {
		err = journal.Place(filepath.Join(p.dir, state.Dir, goodName), content)
	}
	if err != nil {
		p.log.Warn("the next monitor will not know that the state was good", "error", err)
	}
}

// readGood is what an earlier monitor knew. It is as good as nothing if it cannot be
// read.
func (p *project) readGood() knownGood {
	var good knownGood
	content, err := os.ReadFile(filepath.Join(p.dir, state.Dir, goodName))
	if err != nil || json.Unmarshal(content, &good) != nil {
		return knownGood{}
	}
	return good
}
