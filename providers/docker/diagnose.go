package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Diagnose says what is the matter with a container, and in a word what is
// with anything else. Its log lines are as the container wrote them, so what is
// secret in them is for the caller to take out.
func (p *provider) Diagnose(ctx context.Context, req providers.DiagnoseRequest) (providers.DiagnoseResponse, error) {
	s, r, err := p.at(req.Target)
	if err != nil {
		return providers.DiagnoseResponse{}, err
	}
	if req.Type != containerType {
		return s.diagnoseOther(ctx, r, req)
	}
	resp := providers.DiagnoseResponse{Facts: map[string]string{"name": textOf(req.State.GetAttr("name")), "image": textOf(req.State.GetAttr("image"))}}
	c, err := s.engine.dial(ctx)
	var there container.InspectResponse
	if err == nil {
		there, err = c.ContainerInspect(ctx, textOf(req.State.GetAttr("id")))
	}
	if err != nil && ctx.Err() != nil {
		return providers.DiagnoseResponse{}, fmt.Errorf("look at the container: %w", err)
	}
	if err != nil && !isNoContainer(err) {
		resp.Summary = upperFirst(s.unclear(err).Message) + "."
		resp.Diagnostics = s.failure("Container cannot be looked at", "Looking at the container", err, "")
		return resp, nil
	}
	s.factsOfImage(ctx, c, textOf(req.State.GetAttr("image")), resp.Facts)
	s.factsOfPorts(ctx, c, req, resp.Facts)
	if err != nil {
		resp.Facts["exists"] = "false"
		resp.Summary = fmt.Sprintf("Container '%s' does not exist.", textOf(req.State.GetAttr("name")))
		return resp, nil
	}
	factsOf(there, resp.Facts)
	resp.Summary = summaryOf(there)
	if resp.Logs, err = s.logTail(ctx, there); err != nil {
		if ctx.Err() != nil {
			return providers.DiagnoseResponse{}, err
		}
		resp.Facts["logs"] = "cannot be read: " + reason(err)
	}
	return resp, nil
}

func summaryOf(there container.InspectResponse) string {
	st, name := there.State, nameOf(there)
	switch {
	case st.Restarting:
		return fmt.Sprintf("Container '%s' keeps being restarted (exit code %d, %d restarts).", name, st.ExitCode, there.RestartCount)
	case st.Paused:
		return fmt.Sprintf("Container '%s' is paused.", name)
	case st.Running && st.Health != nil && st.Health.Status == container.Unhealthy:
		return fmt.Sprintf("Container '%s' is unhealthy (%d checks failed).", name, st.Health.FailingStreak)
	case st.Running:
		return fmt.Sprintf("Container '%s' is running.", name)
	case st.OOMKilled:
		return fmt.Sprintf("Container '%s' not running (exit code %d, out of memory).", name, st.ExitCode)
	case st.Status == container.StateCreated:
		return fmt.Sprintf("Container '%s' was never started.", name)
	}
	return fmt.Sprintf("Container '%s' not running (exit code %d).", name, st.ExitCode)
}

func factsOf(there container.InspectResponse, facts map[string]string) {
	st := there.State
	facts["exists"] = "true"
	facts["status"] = st.Status
	facts["exit_code"] = strconv.Itoa(st.ExitCode)
	facts["oom_killed"] = strconv.FormatBool(st.OOMKilled)
	facts["restart_count"] = strconv.Itoa(there.RestartCount)
	facts["restart_policy"] = restartText(there.HostConfig.RestartPolicy)
	for name, at := range map[string]string{"started_at": st.StartedAt, "finished_at": st.FinishedAt} {
		if at != "" && !strings.HasPrefix(at, "0001-") {
			facts[name] = at
		}
	}
	if st.Error != "" {
		facts["error"] = bounded(st.Error)
	}
	if there.HostConfig.Memory > 0 {
		facts["memory_limit"] = sizeText(there.HostConfig.Memory)
	}
	if h := st.Health; h != nil && h.Status != container.NoHealthcheck {
		facts["health"] = h.Status
		if n := len(h.Log); n > 0 {
			last := h.Log[n-1]
			facts["health_log"] = fmt.Sprintf("exit code %d: %s", last.ExitCode, bounded(last.Output))
		}
	}
	facts["networks"] = strings.Join(slices.Sorted(maps.Keys(there.NetworkSettings.Networks)), ", ")
}

// bounded is a text of others in one line that has an end.
func bounded(s string) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "\uFFFD")
	if r := []rune(s); len(r) > 500 {
		return string(r[:500]) + "…"
	}
	return s
}

func (s scope) factsOfImage(ctx context.Context, c *client.Client, name string, facts map[string]string) {
	_, err := c.ImageInspect(ctx, name)
	switch {
	case err == nil:
		facts["image_present"] = "true"
	case isNoContainer(err):
		facts["image_present"] = "false"
	}
}

// factsOfPorts tells which of its ports others have taken.
func (s scope) factsOfPorts(ctx context.Context, c *client.Client, req providers.DiagnoseRequest, facts map[string]string) {
	ports := publishedPorts(req.State.GetAttr("ports"))
	if len(ports) == 0 {
		return
	}
	list, err := c.ContainerList(ctx, container.ListOptions{})
	if err != nil {
		return
	}
	var clashes []string
	for _, p := range ports {
		for _, other := range list {
			if other.ID != textOf(req.State.GetAttr("id")) && slices.ContainsFunc(other.Ports, p.clashes) && len(other.Names) > 0 {
				clashes = append(clashes, fmt.Sprintf("%d by %s", p.host, strings.TrimPrefix(other.Names[0], "/")))
			}
		}
	}
	if len(clashes) > 0 {
		facts["ports_taken"] = strings.Join(clashes, ", ")
	}
}

// diagnoseOther says whether what is no container is there.
func (s scope) diagnoseOther(ctx context.Context, r resourceType, req providers.DiagnoseRequest) (providers.DiagnoseResponse, error) {
	resp := providers.DiagnoseResponse{Summary: "It is there.", Facts: map[string]string{"exists": "true"}}
	now, err := r.read(ctx, s, providers.ReadRequest{Target: req.Target, State: req.State})
	switch {
	case err != nil:
		return providers.DiagnoseResponse{}, err
	case now.Diagnostics.HasErrors():
		resp.Summary = "It cannot be looked at."
		resp.Facts = nil
		resp.Diagnostics = now.Diagnostics
	case now.State.IsNull():
		resp.Summary = "It does not exist."
		resp.Facts["exists"] = "false"
	}
	return resp, nil
}
