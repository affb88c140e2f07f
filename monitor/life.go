package monitor

import (
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
)

// tryAgain is how long it takes until it is tried again to begin with a project.
const tryAgain = 2 * time.Second

// attend watches over the project until the monitor ends, or it is removed.
func (p *project) attend() {
	defer close(p.ended)
	defer p.quiet()
	for told := ""; p.soft.Err() == nil; {
		held, err := p.lock()
		if err == nil {
			p.watchOver()
			_ = held.Close() // the kernel gives the lock back in any case
			return
		}
		if err.Error() != told {
			told = err.Error()
			p.trouble(err)
		}
		select {
		case <-time.After(tryAgain):
		case <-p.soft.Done():
		}
	}
}

// watchOver loads the project, goes on with the incidents that an earlier monitor
// left, and returns when all that goes on has ended.
func (p *project) watchOver() {
	p.resume()
	p.follow()
	// From here on no set of checks is adopted any more if the project was removed.
	p.reloading.Lock()
	p.mu.Lock()
	p.ending = true
	tasks := p.tasks
	p.mu.Unlock()
	p.reloading.Unlock()
	if p.removed.Load() {
		for id := range tasks {
			p.scheduler.Remove(id)
		}
	}
	p.work.Wait()
	p.mu.Lock()
	good, news := p.judgeGood(time.Now())
	p.mu.Unlock()
	p.keepGood(good, news)
	if p.removed.Load() {
		p.abandon()
	}
}

// spawn runs f beside everything else, unless all is ending.
func (p *project) spawn(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ending {
		p.work.Go(f)
	}
}

// abandon ends the incidents of a project that is not watched over any more.
func (p *project) abandon() {
	for _, i := range p.incidents.List(incident.Filter{Folder: p.dir}) {
		if i.State.Over() || p.opts.DryRun {
			continue
		}
		err := p.incidents.Append(i.ID, incident.Entry{Kind: incident.Noted, State: incident.StateClosed,
			Message: "the project is not watched over any more"})
		if err != nil {
			p.log.Error("the end of an incident cannot be recorded", "incident", i.ID, "error", err)
		}
	}
}
