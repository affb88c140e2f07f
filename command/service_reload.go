package command

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// onHangUp calls reload at each SIGHUP, until the context ends. Without it the
// signal would end the service, and systemd would call that a success and not
// start it again.
func onHangUp(ctx context.Context, reload func(), log *slog.Logger) (run func()) {
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	return func() {
		for {
			select {
			case <-hangUps:
				log.Info("told to read all projects again")
				reload()
			case <-ctx.Done():
				return // and it stays deaf, while the step under way is finished
			}
		}
	}
}
