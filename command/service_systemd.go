package command

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// tellSystemd tells systemd, if it started this process, that the service is
// ready, and that it is alive for as long as the scheduler makes progress.
func tellSystemd(ctx context.Context, progress func() (ticks uint64, last time.Time), log *slog.Logger) {
	tell := func(what string) {
		if _, err := daemon.SdNotify(false, what); err != nil {
			log.Warn("systemd cannot be told how the service is", "error", err)
		}
	}
	tell(daemon.SdNotifyReady)
	defer tell(daemon.SdNotifyStopping)
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the watchdog's settings make no sense", "error", err)
	}
	if every <= 0 {
		<-ctx.Done()
		return
	}
	tick := time.NewTicker(every / 3)
	defer tick.Stop()
	for before := uint64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now, _ := progress(); now != before {
			before = now
			tell(daemon.SdNotifyWatchdog)
		}
	}
}
