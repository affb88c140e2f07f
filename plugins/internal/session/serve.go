package session

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins/convert"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/zclconf/go-cty/cty"
	gproto "google.golang.org/protobuf/proto"
)

// call decodes a request, calls the provider's method and encodes the answer.
func (s *serverSession) call(j *job) (gproto.Message, error) {
	switch j.kind {
	case proto.Kind_KIND_SCHEMA:
		if err := s.know(); err != nil {
			return nil, err
		}
		return convert.EncodeSchema(s.schema)
	case proto.Kind_KIND_CONFIGURE:
		return s.configure(j)
	case proto.Kind_KIND_VALIDATE:
		return s.validate(j)
	case proto.Kind_KIND_READ:
		return s.read(j)
	case proto.Kind_KIND_APPLY:
		return s.apply(j)
	case proto.Kind_KIND_PLAN:
		return s.plan(j)
	case proto.Kind_KIND_IMPORT:
		return s.importObject(j)
	case proto.Kind_KIND_DATA:
		return s.data(j)
	case proto.Kind_KIND_CHECK:
		return s.check(j)
	case proto.Kind_KIND_DIAGNOSE:
		return s.diagnose(j)
	case proto.Kind_KIND_WATCH:
		return nil, s.watch(j)
	case proto.Kind_KIND_RECOVER:
		return s.recoverObject(j)
	case proto.Kind_KIND_UPGRADE:
		return s.upgrade(j)
	}
	return nil, unsupported(j)
}

func unsupported(j *job) error {
	return fmt.Errorf("the provider does not support %s: %w", method(j.kind), errors.ErrUnsupported)
}

// values decodes the values of one type, and says which of them went wrong.
type values struct {
	codec *convert.Codec
	err   error
}

func (s *serverSession) values(j *job, kind providers.Kind, typeName string) values {
	j.object = typeName
	codec, err := s.types.Codec(kind, typeName)
	return values{codec, err}
}

func (v *values) decode(what string, b []byte) cty.Value {
	if v.err != nil {
		return cty.NilVal
	}
	value, err := v.codec.Decode(b)
	if err != nil {
		v.err = fmt.Errorf("the request's %s does not conform to the schema of the provider: %w", what, err)
	}
	return value
}

func (v *values) encode(what string, value cty.Value) ([]byte, error) {
	b, err := v.codec.Encode(make([]byte, 0, 256), value)
	if err != nil {
		return nil, fmt.Errorf("a bug in the provider: it returned a %s that does not conform to its schema: %w", what, err)
	}
	return b, nil
}

// body decodes a request's body.
func body(j *job, req gproto.Message) error {
	if err := gproto.Unmarshal(j.body, req); err != nil {
		return fmt.Errorf("decode a request for %s: %w", method(j.kind), err)
	}
	j.body = nil
	return nil
}

func (s *serverSession) configure(j *job) (gproto.Message, error) {
	var req proto.ConfigureRequest
	if err := body(j, &req); err != nil {
		return nil, err
	}
	v := s.values(j, providers.KindProvider, "")
	config := v.decode("configuration", req.Config)
	if v.err != nil {
		return nil, v.err
	}
	res, err := s.server.provider.Configure(j.ctx, providers.ConfigureRequest{
		Name: req.Name, Project: providers.Project{Name: req.ProjectName, Dir: req.ProjectDir}, Config: config,
	})
	return diagnostics(res.Diagnostics, err)
}

func (s *serverSession) validate(j *job) (gproto.Message, error) {
	var req proto.ValidateRequest
	if err := body(j, &req); err != nil {
		return nil, err
	}
	kind := providers.Kind(req.Kind)
	v := s.values(j, kind, req.Type)
	config := v.decode("configuration", req.Config)
	if v.err != nil {
		return nil, v.err
	}
	res, err := s.server.provider.Validate(j.ctx, providers.ValidateRequest{Kind: kind, Type: req.Type, Config: config})
	return diagnostics(res.Diagnostics, err)
}

func (s *serverSession) read(j *job) (gproto.Message, error) {
	var req proto.ReadRequest
	if err := body(j, &req); err != nil {
		return nil, err
	}
	v := s.values(j, providers.KindResource, req.Type)
	state := v.decode("state", req.State)
	if v.err != nil {
		return nil, v.err
	}
	res, err := s.server.provider.Read(j.ctx, providers.ReadRequest{
		Target: target(&req), State: state, Private: req.Private,
	})
	if err != nil {
		return nil, err
	}
	answer, err := v.state(res.State, res.Private, false, res.Diagnostics)
	if err != nil {
		return nil, err
	}
	// Most reads find what was there before: the host has that already.
	if len(answer.State) > 0 && bytes.Equal(answer.State, req.State) {
		answer.State, answer.Unchanged = nil, true
	}
	return answer, nil
}

func (s *serverSession) apply(j *job) (gproto.Message, error) {
	var req proto.ApplyRequest
	if err := body(j, &req); err != nil {
		return nil, err
	}
	v := s.values(j, providers.KindResource, req.Type)
	action, err := action(req.Action)
	if err != nil {
		return nil, err
	}
	config, prior, planned := v.decode("configuration", req.Config), v.decode("prior state", req.Prior), v.decode("planned state", req.Planned)
	replaces := v.decode("replaced state", req.Replaces)
	if v.err != nil {
		return nil, v.err
	}
	res, err := s.server.provider.Apply(j.ctx, providers.ApplyRequest{
		Target: target(&req), Action: action, Intent: req.Intent,
		Config: config, Prior: prior, Planned: planned, Private: req.Private, Replaces: replaces,
		Progress: func(message string) {
			s.note(j, proto.Kind_KIND_PROGRESS, &proto.Progress{Message: convert.Text(message)})
		},
	})
	if err != nil {
		return nil, err
	}
	return v.state(res.State, res.Private, res.Tainted, res.Diagnostics)
}

func (s *serverSession) plan(j *job) (gproto.Message, error) {
	p, ok := s.server.provider.(providers.Planner)
	if !ok {
		return nil, unsupported(j)
	}
	var req proto.PlanRequest
	if err := body(j, &req); err != nil {
		return nil, err
	}
	v := s.values(j, providers.KindResource, req.Type)
	config, prior, proposed := v.decode("configuration", req.Config), v.decode("prior state", req.Prior), v.decode("proposed state", req.Proposed)
	if v.err != nil {
		return nil, v.err
	}
	res, err := p.Plan(j.ctx, providers.PlanRequest{
		Target: target(&req), Config: config, Prior: prior, Proposed: proposed, Private: req.Private,
	})
	if err != nil {
		return nil, err
	}
	planned, err := v.encode("planned state", res.Planned)
	if err != nil {
		return nil, err
	}
	answer := &proto.PlanResponse{Planned: planned, Diagnostics: convert.EncodeDiagnostics(res.Diagnostics)}
	for _, path := range res.Replace {
		answer.Replace = append(answer.Replace, convert.EncodePath(path))
	}
	return answer, nil
}

func (s *serverSession) importObject(j *job) (gproto.Message, error) {
	p, ok := s.server.provider.(providers.Importer)
	if !ok {
		return nil, unsupported(j)
	}
	var req proto.ImportRequest
	if err := body(j, &req); err != nil {
		return nil, err
	}
	v := s.values(j, providers.KindResource, req.Type)
	if v.err != nil {
		return nil, v.err
	}
	res, err := p.Import(j.ctx, providers.ImportRequest{Target: target(&req), ID: req.Id})
	if err != nil {
		return nil, err
	}
	return v.state(res.State, res.Private, false, res.Diagnostics)
}

func (s *serverSession) data(j *job) (gproto.Message, error) {
	p, ok := s.server.provider.(providers.DataReader)
	if !ok {
		return nil, unsupported(j)
	}
	var req proto.DataRequest
	if err := body(j, &req); err != nil {
		return nil, err
	}
	v := s.values(j, providers.KindData, req.Type)
	config := v.decode("configuration", req.Config)
	if v.err != nil {
		return nil, v.err
	}
	res, err := p.Data(j.ctx, providers.DataRequest{Target: target(&req), Config: config})
	if err != nil {
		return nil, err
	}
	return v.state(res.State, nil, false, res.Diagnostics)
}

func (s *serverSession) check(j *job) (gproto.Message, error) {
	p, ok := s.server.provider.(providers.Checker)
	if !ok {
		return nil, unsupported(j)
	}
	var req proto.CheckRequest
	if err := body(j, &req); err != nil {
		return nil, err
	}
	v := s.values(j, providers.KindResource, req.Type)
	state := v.decode("state", req.State)
	if v.err != nil {
		return nil, v.err
	}
	v = s.values(j, providers.KindAssert, req.Assert)
	config := v.decode("configuration", req.Config)
	if v.err != nil {
		return nil, v.err
	}
	res, err := p.Check(j.ctx, providers.CheckRequest{Target: target(&req), Assert: req.Assert, Config: config, State: state})
	if err != nil {
		return nil, err
	}
	if res.Outcome > providers.Fail {
		return nil, fmt.Errorf("a bug in the provider: it returned %d as the outcome of a check", res.Outcome)
	}
	return &proto.CheckResponse{
		Outcome: proto.CheckResponse_Outcome(res.Outcome), Message: convert.Text(res.Message),
		Diagnostics: convert.EncodeDiagnostics(res.Diagnostics),
	}, nil
}

func (s *serverSession) diagnose(j *job) (gproto.Message, error) {
	p, ok := s.server.provider.(providers.Diagnoser)
	if !ok {
		return nil, unsupported(j)
	}
	var req proto.DiagnoseRequest
	if err := body(j, &req); err != nil {
		return nil, err
	}
	v := s.values(j, providers.KindResource, req.Type)
	state := v.decode("state", req.State)
	if v.err != nil {
		return nil, v.err
	}
	res, err := p.Diagnose(j.ctx, providers.DiagnoseRequest{Target: target(&req), State: state})
	if err != nil {
		return nil, err
	}
	answer := &proto.DiagnoseResponse{
		Summary: convert.Text(res.Summary), Facts: make(map[string]string, len(res.Facts)),
		Diagnostics: convert.EncodeDiagnostics(res.Diagnostics),
	}
	for name, fact := range res.Facts {
		answer.Facts[convert.Text(name)] = convert.Text(fact)
	}
	for _, line := range res.Logs {
		answer.Logs = append(answer.Logs, convert.Text(line))
	}
	return answer, nil
}

func (s *serverSession) watch(j *job) error {
	p, ok := s.server.provider.(providers.Watcher)
	if !ok {
		return unsupported(j)
	}
	var req proto.WatchRequest
	if err := body(j, &req); err != nil {
		return err
	}
	watch := providers.WatchRequest{Configuration: req.Configuration}
	for _, r := range req.Resources {
		v := s.values(j, providers.KindResource, r.Type)
		state := v.decode("state", r.State)
		if v.err != nil {
			return v.err
		}
		watch.Resources = append(watch.Resources, providers.WatchTarget{Target: target(r), State: state})
	}
	return p.Watch(j.ctx, watch, func(e providers.Event) {
		s.note(j, proto.Kind_KIND_EVENT, &proto.Event{
			Address: convert.Text(e.Address), Kind: convert.Text(e.Kind), Message: convert.Text(e.Message),
		})
	})
}

func (s *serverSession) recoverObject(j *job) (gproto.Message, error) {
	p, ok := s.server.provider.(providers.Recoverer)
	if !ok {
		return nil, unsupported(j)
	}
	var req proto.RecoverRequest
	if err := body(j, &req); err != nil {
		return nil, err
	}
	v := s.values(j, providers.KindResource, req.Type)
	action, err := action(req.Action)
	if err != nil {
		return nil, err
	}
	prior, planned := v.decode("prior state", req.Prior), v.decode("planned state", req.Planned)
	if v.err != nil {
		return nil, v.err
	}
	res, err := p.Recover(j.ctx, providers.RecoverRequest{
		Target: target(&req), Action: action, Intent: req.Intent, Prior: prior, Planned: planned, Private: req.Private,
	})
	if err != nil {
		return nil, err
	}
	return v.state(res.State, res.Private, res.Tainted, res.Diagnostics)
}

func (s *serverSession) upgrade(j *job) (gproto.Message, error) {
	p, ok := s.server.provider.(providers.Upgrader)
	if !ok {
		return nil, unsupported(j)
	}
	var req proto.UpgradeRequest
	if err := body(j, &req); err != nil {
		return nil, err
	}
	v := s.values(j, providers.KindResource, req.Type)
	if v.err != nil {
		return nil, v.err
	}
	res, err := p.Upgrade(j.ctx, providers.UpgradeRequest{Type: req.Type, Version: int(req.Version), State: req.State})
	if err != nil {
		return nil, err
	}
	return v.state(res.State, nil, false, res.Diagnostics)
}

// note sends something about a request that is still being worked on. An apply
// that was given up may still say how it ends; a watch has no more to say.
func (s *serverSession) note(j *job, kind proto.Kind, note gproto.Message) {
	ctx := j.ctx
	if j.kind == proto.Kind_KIND_APPLY {
		ctx = s.ctx
	}
	if b, err := gproto.Marshal(note); err == nil && ctx.Err() == nil {
		_ = s.out.put(ctx, &proto.Message{Id: j.id, Kind: kind, Body: b})
	}
}

// state encodes the answer of a method that returns a state.
func (v *values) state(state cty.Value, private []byte, tainted bool, diags diag.Diagnostics) (*proto.StateResponse, error) {
	b, err := v.encode("state", state)
	if err != nil {
		return nil, err
	}
	return &proto.StateResponse{
		State: b, Private: private, Tainted: tainted, Diagnostics: convert.EncodeDiagnostics(diags),
	}, nil
}

// diagnostics encodes the answer of a method that returns nothing else.
func diagnostics(diags diag.Diagnostics, err error) (gproto.Message, error) {
	if err != nil {
		return nil, err
	}
	return &proto.DiagnosticsResponse{Diagnostics: convert.EncodeDiagnostics(diags)}, nil
}

func target(req interface {
	GetConfiguration() string
	GetType() string
	GetAddress() string
}) providers.Target {
	return providers.Target{Configuration: req.GetConfiguration(), Type: req.GetType(), Address: req.GetAddress()}
}

func action(a proto.Action) (providers.Action, error) {
	if a < proto.Action_ACTION_CREATE || a > proto.Action_ACTION_RESTART {
		return 0, fmt.Errorf("there is no action %d", a)
	}
	return providers.Action(a), nil
}
