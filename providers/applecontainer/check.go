package applecontainer

import (
	"context"
	"fmt"
	"strings"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

const (
	// maxLogLines and maxLogs bound the log lines that are handed on, and maxLine
	// each of them.
	maxLogLines = 200
	maxLogs     = 64 << 10
	maxLine     = 2 << 10
)

// Check looks whether a container runs. When the command cannot say, that is
// unknown.
func (p *provider) Check(ctx context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	s, err := p.scope(req.Target)
	switch {
	case err != nil:
		return providers.CheckResponse{}, err
	case req.Assert != assertRunning:
		return providers.CheckResponse{}, fmt.Errorf("applecontainer provider: there is no assert %q", req.Assert)
	case req.State.IsNull():
		return providers.CheckResponse{Message: "it was never applied"}, nil
	case s.unsupported() != nil:
		return providers.CheckResponse{Message: "Apple's container runs on macOS only"}, nil
	}
	f, err := s.find(ctx, textOf(req.State.GetAttr("name")))
	switch {
	case err != nil && ctx.Err() != nil:
		return providers.CheckResponse{}, ctx.Err()
	case err != nil:
		ds := s.failure(ctx, "Cannot read container", "Looking for the container", err)
		return providers.CheckResponse{Message: "it could not be looked at: " + ds[0].Summary}, nil
	case f == nil:
		return providers.CheckResponse{Outcome: providers.Fail, Message: "it does not exist"}, nil
	case f.runs():
		return providers.CheckResponse{Outcome: providers.Pass, Message: "it is running"}, nil
	case f.state == "stopped", f.state == "stopping":
		return providers.CheckResponse{Outcome: providers.Fail, Message: "it is " + f.state + withCode(f)}, nil
	}
	return providers.CheckResponse{Message: "its state is not known"}, nil
}

// Diagnose says what is known of a container, and the last of what it said.
func (p *provider) Diagnose(ctx context.Context, req providers.DiagnoseRequest) (providers.DiagnoseResponse, error) {
	s, err := p.scope(req.Target)
	if err != nil {
		return providers.DiagnoseResponse{}, err
	}
	if req.State.IsNull() {
		return providers.DiagnoseResponse{Summary: "It was never applied."}, nil
	}
	if ds := s.unsupported(); ds != nil {
		return providers.DiagnoseResponse{Summary: "Apple's container runs on macOS only.", Diagnostics: ds}, nil
	}
	name := textOf(req.State.GetAttr("name"))
	f, err := s.find(ctx, name)
	switch {
	case err != nil && ctx.Err() != nil:
		return providers.DiagnoseResponse{}, ctx.Err()
	case err != nil:
		ds := s.failure(ctx, "Cannot read container", "Looking for the container", err)
		return providers.DiagnoseResponse{Summary: "It could not be looked at: " + ds[0].Summary + ".", Diagnostics: ds}, nil
	case f == nil:
		return providers.DiagnoseResponse{Summary: fmt.Sprintf("There is no container %s.", name), Facts: map[string]string{"exists": "false"}}, nil
	}
	resp := providers.DiagnoseResponse{
		Summary: fmt.Sprintf("The container %s is %s%s.", name, f.state, withCode(f)),
		Facts: map[string]string{
			"exists": "true", "status": f.state, "image": f.image, "networks": strings.Join(f.networks, ", "),
			"cpus": fmt.Sprint(f.cpus), "memory": memoryText(f.memory),
		},
	}
	if f.exitCode != nil {
		resp.Facts["exit_code"] = fmt.Sprint(*f.exitCode)
	}
	for network, address := range f.addresses {
		resp.Facts["ip_address "+network] = address
	}
	logs, err := s.logs(ctx, name, textMap(req.State.GetAttr("sensitive_env")))
	if err != nil {
		resp.Diagnostics = asWarnings(s.failure(ctx, "Cannot read logs", "Reading what the container said", err))
	}
	resp.Logs = logs
	return resp, nil
}

// logs returns the last lines that a container wrote, without the values of its
// secret variables.
func (s scope) logs(ctx context.Context, name string, secrets map[string]string) ([]string, error) {
	out := tail{limit: maxLogs}
	if err := s.start(ctx, &out, nil, []string{"logs", "-n", fmt.Sprint(maxLogLines), name}); err != nil {
		return nil, err
	}
	return logLines(&out, secrets), nil
}

func logLines(out *tail, secrets map[string]string) []string {
	// Secrets go first, while they are whole.
	text := strings.TrimRight(hidden(out.text(), secrets), "\n")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	if out.cut && len(lines) > 1 {
		lines = lines[1:] // it has no beginning
	}
	if len(lines) > maxLogLines {
		lines = lines[len(lines)-maxLogLines:]
	}
	for i, line := range lines {
		line = strings.TrimRight(line, "\r")
		if len(line) > maxLine {
			line = strings.ToValidUTF8(line[:maxLine], "") + "…"
		}
		lines[i] = line
	}
	return lines
}

func asWarnings(ds diagnostics) diagnostics {
	for i := range ds {
		ds[i].Severity = diag.Warning
	}
	return ds
}
