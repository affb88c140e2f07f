package session

import (
	"context"
	"fmt"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins/convert"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/zclconf/go-cty/cty"
	gproto "google.golang.org/protobuf/proto"
)

// The optional capabilities.
var (
	_ providers.Provider   = (*Client)(nil)
	_ providers.Planner    = (*Client)(nil)
	_ providers.Importer   = (*Client)(nil)
	_ providers.DataReader = (*Client)(nil)
	_ providers.Checker    = (*Client)(nil)
	_ providers.Diagnoser  = (*Client)(nil)
	_ providers.Watcher    = (*Client)(nil)
	_ providers.Recoverer  = (*Client)(nil)
	_ providers.Upgrader   = (*Client)(nil)
)

// sent encodes the values of one type for a request, and keeps what went wrong.
type sent struct {
	codec *convert.Codec
	err   error
}

func (c *Client) sent(kind providers.Kind, typeName string) sent {
	codec, err := c.types.Codec(kind, typeName)
	return sent{codec, err}
}

func (s *sent) encode(what string, v cty.Value) []byte {
	if s.err != nil {
		return nil
	}
	b, err := s.codec.Encode(make([]byte, 0, 256), v)
	if err != nil {
		s.err = fmt.Errorf("encode the %s: %w", what, err)
	}
	return b
}

func (s *sent) decode(what string, b []byte) (cty.Value, error) {
	v, err := s.codec.Decode(b)
	if err != nil {
		return cty.NilVal, fmt.Errorf("the provider's %s does not conform to its schema: %w; %s", what, err, blame)
	}
	return v, nil
}

// call does what do does, unless encoding failed, and says what an error is
// about.
func (c *Client) call(ctx context.Context, kind proto.Kind, address string, s *sent, req, res gproto.Message, note func(*proto.Message)) error {
	err := s.err
	if err == nil {
		err = c.do(ctx, kind, req, res, note)
	}
	if err != nil {
		return c.wrap(kind, address, err)
	}
	return nil
}

// Schema implements providers.Provider. It makes no request.
func (c *Client) Schema(context.Context) (*providers.Schema, error) { return c.schema, nil }

// Close implements providers.Provider. It ends the session.
func (c *Client) Close() error { return c.Shutdown(context.Background()) }

// Configure implements providers.Provider.
func (c *Client) Configure(ctx context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	s := c.sent(providers.KindProvider, "")
	var res proto.DiagnosticsResponse
	err := c.call(ctx, proto.Kind_KIND_CONFIGURE, req.Name, &s, &proto.ConfigureRequest{
		Name: req.Name, ProjectName: req.Project.Name, ProjectDir: req.Project.Dir,
		Config: s.encode("configuration", req.Config),
	}, &res, nil)
	return providers.ConfigureResponse{Diagnostics: diagnosticsOf(res.GetDiagnostics())}, err
}

// Validate implements providers.Provider.
func (c *Client) Validate(ctx context.Context, req providers.ValidateRequest) (providers.ValidateResponse, error) {
	s := c.sent(req.Kind, req.Type)
	var res proto.DiagnosticsResponse
	err := c.call(ctx, proto.Kind_KIND_VALIDATE, req.Type, &s, &proto.ValidateRequest{
		Kind: proto.ValidateRequest_Kind(req.Kind), Type: req.Type, Config: s.encode("configuration", req.Config),
	}, &res, nil)
	return providers.ValidateResponse{Diagnostics: diagnosticsOf(res.GetDiagnostics())}, err
}

// Read implements providers.Provider.
func (c *Client) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	s := c.sent(providers.KindResource, req.Type)
	var res proto.StateResponse
	err := c.call(ctx, proto.Kind_KIND_READ, req.Address, &s, &proto.ReadRequest{
		Configuration: req.Configuration, Type: req.Type, Address: req.Address,
		State: s.encode("state", req.State), Private: req.Private,
	}, &res, nil)
	if err != nil {
		return providers.ReadResponse{}, err
	}
	out := providers.ReadResponse{
		State: req.State, Private: res.GetPrivate(), Diagnostics: diagnosticsOf(res.GetDiagnostics()),
	}
	if !res.GetUnchanged() {
		if out.State, err = s.decode("state", res.GetState()); err != nil {
			return providers.ReadResponse{}, c.wrap(proto.Kind_KIND_READ, req.Address, err)
		}
	}
	return out, nil
}

// Apply implements providers.Provider. It returns only when the provider has
// answered or is gone, even after ctx has ended.
func (c *Client) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	s := c.sent(providers.KindResource, req.Type)
	progress := pace{burst: 50, rate: 5}
	var res proto.StateResponse
	err := c.call(ctx, proto.Kind_KIND_APPLY, req.Address, &s, &proto.ApplyRequest{
		Configuration: req.Configuration, Type: req.Type, Address: req.Address,
		Action: proto.Action(req.Action), Intent: req.Intent,
		Config: s.encode("configuration", req.Config), Prior: s.encode("prior state", req.Prior),
		Planned: s.encode("planned state", req.Planned), Private: req.Private, Replaces: s.encode("replaced state", req.Replaces),
	}, &res, func(m *proto.Message) {
		var p proto.Progress
		if req.Progress == nil || !progress.allow(time.Now()) {
			return // more than anybody can read
		}
		if m != nil && m.GetKind() == proto.Kind_KIND_PROGRESS && gproto.Unmarshal(m.GetBody(), &p) == nil {
			req.Progress(cut(p.GetMessage(), 1<<10))
		}
	})
	if err != nil {
		return providers.ApplyResponse{}, err
	}
	state, err := s.decode("state", res.GetState())
	if err != nil {
		return providers.ApplyResponse{}, c.wrap(proto.Kind_KIND_APPLY, req.Address, err)
	}
	return providers.ApplyResponse{
		State: state, Private: res.GetPrivate(), Tainted: res.GetTainted(),
		Diagnostics: diagnosticsOf(res.GetDiagnostics()),
	}, nil
}

// Plan implements providers.Planner.
func (c *Client) Plan(ctx context.Context, req providers.PlanRequest) (providers.PlanResponse, error) {
	s := c.sent(providers.KindResource, req.Type)
	var res proto.PlanResponse
	err := c.call(ctx, proto.Kind_KIND_PLAN, req.Address, &s, &proto.PlanRequest{
		Configuration: req.Configuration, Type: req.Type, Address: req.Address,
		Config: s.encode("configuration", req.Config), Prior: s.encode("prior state", req.Prior),
		Proposed: s.encode("proposed state", req.Proposed), Private: req.Private,
	}, &res, nil)
	if err != nil {
		return providers.PlanResponse{}, err
	}
	out := providers.PlanResponse{Diagnostics: diagnosticsOf(res.GetDiagnostics())}
	if out.Planned, err = s.decode("planned state", res.GetPlanned()); err != nil {
		return providers.PlanResponse{}, c.wrap(proto.Kind_KIND_PLAN, req.Address, err)
	}
	for _, p := range res.GetReplace() {
		path, err := convert.DecodePath(p)
		if err != nil {
			return providers.PlanResponse{}, c.wrap(proto.Kind_KIND_PLAN, req.Address, err)
		}
		out.Replace = append(out.Replace, path)
	}
	return out, nil
}

// Import implements providers.Importer.
func (c *Client) Import(ctx context.Context, req providers.ImportRequest) (providers.ImportResponse, error) {
	s := c.sent(providers.KindResource, req.Type)
	res, state, err := c.state(ctx, proto.Kind_KIND_IMPORT, req.Address, &s, &proto.ImportRequest{
		Configuration: req.Configuration, Type: req.Type, Address: req.Address, Id: req.ID,
	})
	return providers.ImportResponse{
		State: state, Private: res.GetPrivate(), Diagnostics: diagnosticsOf(res.GetDiagnostics()),
	}, err
}

// Data implements providers.DataReader.
func (c *Client) Data(ctx context.Context, req providers.DataRequest) (providers.DataResponse, error) {
	s := c.sent(providers.KindData, req.Type)
	res, state, err := c.state(ctx, proto.Kind_KIND_DATA, req.Address, &s, &proto.DataRequest{
		Configuration: req.Configuration, Type: req.Type, Address: req.Address, Config: s.encode("configuration", req.Config),
	})
	return providers.DataResponse{State: state, Diagnostics: diagnosticsOf(res.GetDiagnostics())}, err
}

// Recover implements providers.Recoverer.
func (c *Client) Recover(ctx context.Context, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	s := c.sent(providers.KindResource, req.Type)
	res, state, err := c.state(ctx, proto.Kind_KIND_RECOVER, req.Address, &s, &proto.RecoverRequest{
		Configuration: req.Configuration, Type: req.Type, Address: req.Address,
		Action: proto.Action(req.Action), Intent: req.Intent,
		Prior: s.encode("prior state", req.Prior), Planned: s.encode("planned state", req.Planned), Private: req.Private,
	})
	return providers.RecoverResponse{
		State: state, Private: res.GetPrivate(), Tainted: res.GetTainted(),
		Diagnostics: diagnosticsOf(res.GetDiagnostics()),
	}, err
}

// Upgrade implements providers.Upgrader.
func (c *Client) Upgrade(ctx context.Context, req providers.UpgradeRequest) (providers.UpgradeResponse, error) {
	s := c.sent(providers.KindResource, req.Type)
	res, state, err := c.state(ctx, proto.Kind_KIND_UPGRADE, req.Type, &s, &proto.UpgradeRequest{
		Type: req.Type, Version: int64(req.Version), State: req.State,
	})
	return providers.UpgradeResponse{State: state, Diagnostics: diagnosticsOf(res.GetDiagnostics())}, err
}

// state makes a request that is answered with a state.
func (c *Client) state(ctx context.Context, kind proto.Kind, address string, s *sent, req gproto.Message) (*proto.StateResponse, cty.Value, error) {
	var res proto.StateResponse
	if err := c.call(ctx, kind, address, s, req, &res, nil); err != nil {
		return nil, cty.NilVal, err
	}
	state, err := s.decode("state", res.GetState())
	if err != nil {
		return nil, cty.NilVal, c.wrap(kind, address, err)
	}
	return &res, state, nil
}

// Check implements providers.Checker.
func (c *Client) Check(ctx context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	s := c.sent(providers.KindAssert, req.Assert)
	config := s.encode("configuration", req.Config)
	if s.err == nil {
		s = c.sent(providers.KindResource, req.Type)
	}
	var res proto.CheckResponse
	err := c.call(ctx, proto.Kind_KIND_CHECK, req.Address, &s, &proto.CheckRequest{
		Configuration: req.Configuration, Type: req.Type, Address: req.Address,
		Assert: req.Assert, Config: config, State: s.encode("state", req.State),
	}, &res, nil)
	if err != nil {
		return providers.CheckResponse{}, err
	}
	outcome := providers.Unknown
	switch res.GetOutcome() {
	case proto.CheckResponse_OUTCOME_PASS:
		outcome = providers.Pass
	case proto.CheckResponse_OUTCOME_FAIL:
		outcome = providers.Fail
	}
	return providers.CheckResponse{
		Outcome: outcome, Message: cut(res.GetMessage(), maxText), Diagnostics: diagnosticsOf(res.GetDiagnostics()),
	}, nil
}

// Diagnose implements providers.Diagnoser.
func (c *Client) Diagnose(ctx context.Context, req providers.DiagnoseRequest) (providers.DiagnoseResponse, error) {
	s := c.sent(providers.KindResource, req.Type)
	var res proto.DiagnoseResponse
	err := c.call(ctx, proto.Kind_KIND_DIAGNOSE, req.Address, &s, &proto.DiagnoseRequest{
		Configuration: req.Configuration, Type: req.Type, Address: req.Address, State: s.encode("state", req.State),
	}, &res, nil)
	return providers.DiagnoseResponse{
		Summary: cut(res.GetSummary(), maxText), Facts: factsOf(res.GetFacts()), Logs: linesOf(res.GetLogs()),
		Diagnostics: diagnosticsOf(res.GetDiagnostics()),
	}, err
}

// Watch implements providers.Watcher. Events that nobody takes are given up
// and reported as a Resync.
func (c *Client) Watch(ctx context.Context, req providers.WatchRequest, notify func(providers.Event)) error {
	watch := &proto.WatchRequest{Configuration: req.Configuration}
	var s sent
	for _, r := range req.Resources {
		s = c.sent(providers.KindResource, r.Type)
		watch.Resources = append(watch.Resources, &proto.WatchRequest_Resource{
			Configuration: r.Configuration, Type: r.Type, Address: r.Address, State: s.encode("state", r.State),
		})
		if s.err != nil {
			break
		}
	}
	told := &events{ctx: ctx, notify: notify, pace: pace{burst: eventBurst, rate: eventRate}}
	return c.call(ctx, proto.Kind_KIND_WATCH, "", &s, watch, nil, func(m *proto.Message) {
		var e proto.Event
		switch {
		case m == nil:
			told.take(providers.Event{Kind: providers.Resync})
		case m.GetKind() == proto.Kind_KIND_EVENT && gproto.Unmarshal(m.GetBody(), &e) == nil:
			told.take(providers.Event{Address: e.GetAddress(), Kind: e.GetKind(), Message: cut(e.GetMessage(), maxText)})
		}
	})
}
