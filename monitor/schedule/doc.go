// Package schedule decides when the monitor's checks run: polled at an
// interval, or triggered by an event, some at a time. A check that hangs delays
// no other.
//
// Only the monotonic clock is read, so a clock that is set changes nothing. One
// goroutine, that of Scheduler.Run, starts every run and looks after those that
// last; what waits costs neither a goroutine nor a timer.
//
// How a task's last run went decides whom it competes with. There are three
// lanes: prompt tasks, slow ones, and those that hung. Each has workers of its
// own, and a semaphore of its own for each group. A run that lasts much longer
// than the task's last one gives its slots back while it goes on, so that a
// task that begins to hang holds others up once, and shortly. So the limits
// bound what is started, not what hangs: that is bounded by the number of tasks,
// because no task overlaps itself.
//
// Tests use testing/synctest; there is no clock to replace.
//
// The package imports nothing else of Clockwork but internal/....
package schedule
