package docker

import (
	"context"
	"fmt"
	"math/big"
	"regexp"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

const (
	assertRunning  = "container_running"
	assertHealthy  = "container_healthy"
	assertLog      = "log_contains"
	assertRestarts = "restart_count"
)

func assertTypes() map[string]*providers.AssertType {
	onContainers := func(description string, attributes map[string]*providers.Attribute) *providers.AssertType {
		return &providers.AssertType{Targets: []string{containerType},
			Object: providers.Object{Description: description, Attributes: attributes}}
	}
	return map[string]*providers.AssertType{
		assertRunning: onContainers("The container runs, and is not about to be restarted.", map[string]*providers.Attribute{}),
		assertHealthy: onContainers("The container runs, and its health check says that it is healthy.", map[string]*providers.Attribute{}),
		assertLog: onContainers("The container's log has, or has not, a line that a regular expression is found in.", map[string]*providers.Attribute{
			"regex": {Type: cty.String, Required: true, Description: "A regular expression (RE2) that is found in a line."},
			"since": {Type: cty.String, Optional: true, Normalise: providers.NormaliseDuration,
				Description: `How far back to look, such as "5m"; to when it was started last when it is not set.`},
			"absent": {Type: cty.Bool, Optional: true, Default: cty.False, Description: "No line may match."},
		}),
		assertRestarts: onContainers("The engine has not restarted the container too often.", map[string]*providers.Attribute{
			"max": {Type: cty.Number, Required: true, Description: "How often it may have been restarted since it was made."},
		}),
	}
}

// checkAssert checks an assert's arguments.
func checkAssert(name string, config cty.Value) diagnostics {
	v := &validation{config: config}
	switch name {
	case assertLog:
		v.text(config, nil, "regex", func(text string, at cty.Path) {
			if _, err := regexp.Compile(text); err != nil {
				v.fail(at, "Not a regular expression", "It cannot be read as a regular expression in RE2 syntax. Correct it.")
			}
		})
		v.duration(config, nil, "since", time.Second, false)
	case assertRestarts:
		if m := config.GetAttr("max"); known(m) && (!m.AsBigFloat().IsInt() || m.AsBigFloat().Cmp(new(big.Float)) < 0) {
			v.fail(cty.GetAttrPath("max"), "Number out of range", "It must be a whole number, and not below zero. Correct it.")
		}
	}
	return v.ds
}

// Check evaluates an assert. What the engine does not tell is unknown.
func (p *provider) Check(ctx context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	s, err := p.scope(req.Target)
	if err != nil {
		return providers.CheckResponse{}, err
	}
	if req.State.IsNull() {
		return providers.CheckResponse{Message: "it was never applied"}, nil
	}
	c, err := s.engine.dial(ctx)
	var there container.InspectResponse
	if err == nil {
		there, err = c.ContainerInspect(ctx, textOf(req.State.GetAttr("id")))
	}
	switch {
	case isNoContainer(err):
		return fail("it does not exist"), nil
	case err != nil && ctx.Err() != nil:
		return providers.CheckResponse{}, fmt.Errorf("look at the container: %w", err)
	case err != nil:
		return s.unclear(err), nil
	}
	switch req.Assert {
	case assertRunning:
		return checkRunning(there), nil
	case assertHealthy:
		return checkHealthy(there), nil
	case assertRestarts:
		most := intOf(req.Config.GetAttr("max"))
		if n := int64(there.RestartCount); n > most {
			return fail("it was restarted %d times", n), nil
		}
		return pass("it was restarted %d times", there.RestartCount), nil
	case assertLog:
		return s.checkLog(ctx, there, req.Config)
	}
	return providers.CheckResponse{}, fmt.Errorf("docker provider: there is no assert %q", req.Assert)
}

func pass(format string, args ...any) providers.CheckResponse {
	return providers.CheckResponse{Outcome: providers.Pass, Message: fmt.Sprintf(format, args...)}
}

func fail(format string, args ...any) providers.CheckResponse {
	return providers.CheckResponse{Outcome: providers.Fail, Message: fmt.Sprintf(format, args...)}
}

// unclear is the answer when the engine gave none.
func (s scope) unclear(err error) providers.CheckResponse {
	if isUnreachable(err) {
		return providers.CheckResponse{Message: s.silence(err)}
	}
	return providers.CheckResponse{Message: "it could not be looked at: " + reason(err)}
}

func checkRunning(there container.InspectResponse) providers.CheckResponse {
	st := there.State
	switch {
	case st.Paused:
		return fail("it is paused")
	case st.Restarting:
		return fail("it keeps being restarted (exit code %d)", st.ExitCode)
	case st.Running:
		return pass("it runs")
	case st.OOMKilled:
		return fail("it is not running (exit code %d, out of memory)", st.ExitCode)
	case st.Status == container.StateCreated:
		return fail("it was never started")
	}
	return fail("it is not running (exit code %d)", st.ExitCode)
}

func checkHealthy(there container.InspectResponse) providers.CheckResponse {
	if running := checkRunning(there); running.Outcome != providers.Pass {
		return running
	}
	h := there.State.Health
	switch {
	case h == nil || h.Status == container.NoHealthcheck:
		return providers.CheckResponse{Message: "it has no health check"}
	case h.Status == container.Healthy:
		return pass("it is healthy")
	case h.Status == container.Starting:
		return providers.CheckResponse{Message: "it is starting"}
	}
	return fail("it is %s (%d checks failed)", h.Status, h.FailingStreak)
}

// checkLog searches a log line by line, as it comes.
func (s scope) checkLog(ctx context.Context, there container.InspectResponse, config cty.Value) (providers.CheckResponse, error) {
	pattern, err := regexp.Compile(textOf(config.GetAttr("regex")))
	if err != nil {
		return providers.CheckResponse{Message: "the regular expression cannot be read"}, nil
	}
	since := runSince(there.State)
	if d := durationOf(config.GetAttr("since")); d > 0 {
		since = time.Now().Add(-d).Format(time.RFC3339Nano)
	}
	found := false
	err = s.logLines(ctx, there, container.LogsOptions{Since: since}, func(line string) bool {
		found = pattern.MatchString(line)
		return !found
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return providers.CheckResponse{}, fmt.Errorf("read the container's log: %w", err)
	case err != nil:
		return s.unclear(err), nil
	case found && isTrue(config.GetAttr("absent")):
		return fail("its log has such a line"), nil
	case found:
		return pass("its log has such a line"), nil
	case isTrue(config.GetAttr("absent")):
		return pass("its log has no such line"), nil
	}
	return fail("its log has no such line"), nil
}

// runSince is the moment from which on a container's log is that of its present
// or last run. The engine notes that it has started once it is told so, by when
// there may be lines already, of a busy machine seconds earlier.
func runSince(st *container.State) string {
	started, err := time.Parse(time.RFC3339Nano, st.StartedAt)
	if err != nil || started.Year() <= 1 {
		return ""
	}
	since := started.Add(-5 * time.Second)
	if ended, err := time.Parse(time.RFC3339Nano, st.FinishedAt); err == nil && ended.After(since) && ended.Before(started) {
		since = ended // of the run before
	}
	return since.Format(time.RFC3339Nano)
}
