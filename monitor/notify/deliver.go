package notify

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// How long to wait between attempts: it doubles from the first to the last.
const (
	minDelay = time.Second
	maxDelay = 15 * time.Minute
	// jitterShare is how much of a delay is left to chance, so that targets
	// which failed together are not tried together.
	jitterShare = 0.2
)

// delay returns how long to wait after so many failures in a row.
func delay(failures int, jitter float64) time.Duration {
	d := maxDelay
	if failures <= 10 {
		d = min(minDelay<<(failures-1), maxDelay)
	}
	return d - time.Duration(jitterShare*jitter*float64(d))
}

// Run delivers messages until ctx ends, and returns when no attempt is under
// way any more. What was not delivered stays in the queue.
func (q *Queue) Run(ctx context.Context) {
	q.mu.Lock()
	q.running = ctx
	for _, l := range q.lines {
		q.start(l)
	}
	q.mu.Unlock()
	<-ctx.Done()
	q.mu.Lock()
	q.running = nil
	q.mu.Unlock()
	q.workers.Wait()
}

// start lets somebody work on a line, if nobody does and there is work.
func (q *Queue) start(l *line) {
	if ctx := q.running; ctx != nil && !l.busy && len(l.items) > 0 {
		l.busy = true
		q.workers.Go(func() { q.work(ctx, l) })
	}
}

// work delivers the messages of a line until there are no more.
func (q *Queue) work(ctx context.Context, l *line) {
	for {
		q.mu.Lock()
		if len(l.items) == 0 || ctx.Err() != nil {
			l.busy = false
			if len(l.items) == 0 {
				delete(q.lines, l.name)
			}
			q.mu.Unlock()
			return
		}
		it, wake := l.items[0], q.wake
		q.mu.Unlock()

		f, gone := q.attempt(ctx, l.name, it)
		if f != nil && ctx.Err() != nil {
			continue // the target is not to blame
		}
		if pause := q.settle(l, it, f, gone); pause > 0 {
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-wake:
			case <-ctx.Done():
			}
			timer.Stop()
		}
	}
}

// attempt sends an item once.
func (q *Queue) attempt(ctx context.Context, name string, it *item) (f *failure, gone bool) {
	t, err := q.opts.Lookup(ctx, name)
	switch {
	case errors.Is(err, ErrNoTarget):
		return nil, true
	case err != nil:
		return failed(fmt.Sprintf("its settings could not be looked up: %v", err)), false
	}
	limited, cancel := context.WithTimeout(ctx, t.limit())
	defer cancel()
	return t.send(limited, world{now: time.Now, roots: q.opts.roots}, it.message), false
}

// settle records how an attempt went, and returns how long to wait before the
// next.
func (q *Queue) settle(l *line, it *item, f *failure, gone bool) (pause time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	logger := q.logger(l, it)
	switch {
	case gone:
		logger.Warn("a notification was dropped: its notifier is not configured any more")
	case f == nil:
		logger.Info("a notification was delivered", "failed_attempts", l.failures)
		l.failures = 0
	case f.refused:
		logger.Warn("a notification was dropped: the notifier refuses it", "reason", f.text)
		l.failures = 0
	default:
		l.failures++
		pause = min(max(delay(l.failures, q.opts.jitter()), f.after), maxDelay)
		logger.Warn("a notification could not be delivered", "reason", f.text, "attempt", l.failures, "next_in", pause.String())
		q.expire(l)
		return pause
	}
	q.finish(l, it)
	return 0
}

// expire drops the messages of a line that were tried for too long. The rest
// are younger, because a line is in order.
func (q *Queue) expire(l *line) {
	for len(l.items) > 0 && time.Since(l.items[0].at) >= q.opts.GiveUp {
		it := l.items[0]
		q.logger(l, it).Warn("a notification was dropped: it could not be delivered for too long", "since", it.at.Format(time.RFC3339))
		q.finish(l, it)
	}
}

// finish takes an item out for good. The mutex is free while the disk works.
func (q *Queue) finish(l *line, it *item) {
	f, end := q.remove(l, it)
	if f == nil {
		return
	}
	q.mu.Unlock()
	err := f.Sync(end)
	q.mu.Lock()
	if err != nil {
		q.logger(l, it).Warn("a notification may be sent again after a restart: the queue cannot be synced", "error", err.Error())
	}
}
