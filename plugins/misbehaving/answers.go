package misbehaving

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	gproto "google.golang.org/protobuf/proto"

	"github.com/clockwork-hcl/clockwork/plugins/proto"
)

func text(s string) []byte { return append([]byte{0xa0 | byte(len(s))}, s...) }

// thing is a state by hand: what others do is laid over it.
func thing(with map[string][]byte) []byte {
	null := []byte{0xc0}
	all := map[string][]byte{"name": text("a"), "value": text("old"), "size": null, "secret": null, "any": null, "parts": null, "id": text("id-a")}
	for name, v := range with {
		all[name] = v
		if v == nil {
			delete(all, name)
		}
	}
	// The type holds "dynamic", so a value is sent with its own type.
	return append(append([]byte{0x92}, bin(`["object",{"any":"string","id":"string","name":"string","parts":["list",["object",{"part":"string"}]],"secret":"string","size":"number","value":"string"}]`)...), raw(all)...)
}

func bin(s string) []byte { return append([]byte{0xc5, byte(len(s) >> 8), byte(len(s))}, s...) }

// deep is a value of lists in each other.
func deep(levels int) []byte {
	ty := strings.Repeat(`["list",`, levels) + `"string"` + strings.Repeat("]", levels)
	return append(append([]byte{0x92, 0xc6, byte(len(ty) >> 24), byte(len(ty) >> 16), byte(len(ty) >> 8), byte(len(ty))}, ty...), bytes.Repeat([]byte{0x91}, levels)...)
}

func (m *provider) read(msg *proto.Message) *proto.Message {
	var req proto.ReadRequest
	if err := gproto.Unmarshal(msg.GetBody(), &req); err != nil {
		return failure(err.Error())
	}
	state := func(b []byte) *proto.Message { return result(&proto.StateResponse{State: b}) }
	switch m.mode {
	case "wrong type in a read":
		return state(thing(map[string][]byte{"value": {0xc3}}))
	case "attribute missing in a read":
		return state(thing(map[string][]byte{"value": nil}))
	case "attribute too many in a read":
		return state(thing(map[string][]byte{"other": text("x")}))
	case "unknown in a read":
		return state(thing(map[string][]byte{"value": {0xd4, 0, 0}}))
	case "invalid msgpack":
		return state([]byte{0xc1, 0xc1})
	case "length that lies":
		return state([]byte{0x92, 0xc6, 0xff, 0xff, 0xff, 0xff})
	case "NaN":
		return state(thing(map[string][]byte{"size": {0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 1}}))
	case "infinity":
		return state(thing(map[string][]byte{"size": {0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0}}))
	case "number that is huge":
		return state(thing(map[string][]byte{"size": text("1e99999999")}))
	case "deep nesting":
		return state(deep(100_000))
	case "no state":
		return result(&proto.StateResponse{})
	}
	state0, err := m.codec.Decode(req.GetState())
	if err != nil {
		return failure(err.Error())
	}
	if _, err := os.Stat(m.path(state0)); errors.Is(err, os.ErrNotExist) {
		return m.state(cty.NullVal(m.codec.Type()))
	}
	return result(&proto.StateResponse{Unchanged: true})
}

// state is an answer that has a state.
func (m *provider) state(v cty.Value) *proto.Message {
	b, err := m.codec.Encode(nil, v)
	if err != nil {
		return failure(err.Error())
	}
	return result(&proto.StateResponse{State: b})
}

func changed(v cty.Value, name string, to cty.Value) cty.Value {
	all := v.AsValueMap()
	all[name] = to
	return cty.ObjectVal(all)
}

func (m *provider) plan(msg *proto.Message) *proto.Message {
	var req proto.PlanRequest
	if err := gproto.Unmarshal(msg.GetBody(), &req); err != nil {
		return failure(err.Error())
	}
	planned, err := m.codec.Decode(req.GetProposed())
	if err != nil {
		return failure(err.Error())
	}
	res := &proto.PlanResponse{}
	switch m.mode {
	case "plans what is set otherwise":
		planned = changed(planned, "value", cty.StringVal("mine"))
	case "plans a part otherwise":
		planned = changed(planned, "parts", cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"part": cty.StringVal("mine")})}))
	case "plans null for what is required":
		planned = changed(planned, "name", cty.NullVal(cty.String))
	case "plans nothing":
		planned = cty.NullVal(m.codec.Type())
	case "replaces for what is not there":
		res.Replace = []*proto.Path{{Steps: []*proto.Path_Step{{Step: &proto.Path_Step_Attribute{Attribute: "nowhere"}}}}}
	case "changes what it planned":
		planned = changed(planned, "size", cty.NumberIntVal(1))
	}
	if res.Planned, err = m.codec.Encode(nil, planned); err != nil {
		return failure(err.Error())
	}
	return result(res)
}

func (m *provider) apply(msg *proto.Message) *proto.Message {
	var req proto.ApplyRequest
	if err := gproto.Unmarshal(msg.GetBody(), &req); err != nil {
		return failure(err.Error())
	}
	if req.GetAction() == proto.Action_ACTION_DELETE {
		prior, err := m.codec.Decode(req.GetPrior())
		if err != nil {
			return failure(err.Error())
		}
		switch m.mode {
		case "deleted, but still there":
			return m.state(prior)
		case "dies after a delete":
			_ = os.Remove(m.path(prior))
			dies("kills itself")
		}
		if strings.HasSuffix(m.mode, " in a delete") {
			dies(strings.TrimSuffix(m.mode, " in a delete"))
		}
		_ = os.Remove(m.path(prior))
		return m.state(cty.NullVal(m.codec.Type()))
	}
	planned, err := m.codec.Decode(req.GetPlanned())
	if err != nil {
		return failure(err.Error())
	}
	made := m.made(planned)
	if err := os.WriteFile(m.path(planned), []byte(made.GetAttr("value").GoString()), 0o600); err != nil {
		return failure(err.Error())
	}
	fault := &proto.Diagnostic{Summary: "It did not work"}
	switch m.mode {
	case "dies after a create":
		dies("kills itself")
	case "unknown after apply":
		made = changed(made, "size", cty.UnknownVal(cty.Number))
	case "changes what it planned":
		made = changed(made, "size", cty.NumberIntVal(2))
	case "sets what is set otherwise":
		made = changed(made, "value", cty.StringVal("mine"))
	case "null for what is required":
		made = changed(made, "name", cty.NullVal(cty.String))
	case "success without a state":
		return m.state(cty.NullVal(m.codec.Type()))
	case "success without a word":
		return result(&proto.StateResponse{})
	case "error without a word":
		return result(&proto.StateResponse{Diagnostics: []*proto.Diagnostic{fault}})
	case "error and a state":
		res := &proto.StateResponse{Tainted: true, Diagnostics: []*proto.Diagnostic{fault}}
		res.State, _ = m.codec.Encode(nil, made)
		return result(res)
	case "wrong type in an apply":
		return result(&proto.StateResponse{State: thing(map[string][]byte{"size": text("many")})})
	}
	return m.state(made)
}

// made is what a planned object becomes.
func (m *provider) made(planned cty.Value) cty.Value {
	planned = changed(planned, "id", cty.StringVal("id-"+planned.GetAttr("name").AsString()))
	if !planned.GetAttr("size").IsKnown() {
		planned = changed(planned, "size", cty.NullVal(cty.Number))
	}
	return planned
}

func (m *provider) recover(msg *proto.Message) *proto.Message {
	var req proto.RecoverRequest
	if err := gproto.Unmarshal(msg.GetBody(), &req); err != nil {
		return failure(err.Error())
	}
	was, err := m.codec.Decode(req.GetPrior())
	if err == nil && was.IsNull() {
		was, err = m.codec.Decode(req.GetPlanned())
	}
	if err != nil {
		return failure(err.Error())
	}
	content, err := os.ReadFile(m.path(was))
	if err != nil {
		return m.state(cty.NullVal(m.codec.Type()))
	}
	if strings.Contains(string(content), `"`) {
		was = changed(was, "value", cty.StringVal(strings.Split(string(content), `"`)[1]))
	}
	return m.state(m.made(was))
}

func (m *provider) check() *proto.Message {
	switch m.mode {
	case "outcome that is none":
		return result(&proto.CheckResponse{Outcome: 17})
	case "garbage for a check":
		return &proto.Message{Kind: proto.Kind_KIND_RESULT, Body: []byte{0xff}}
	case "leaks in a check":
		return result(&proto.CheckResponse{Outcome: proto.CheckResponse_OUTCOME_FAIL, Message: "not with hunter2222"})
	}
	return result(&proto.CheckResponse{Outcome: proto.CheckResponse_OUTCOME_PASS})
}

func (m *provider) diagnose() *proto.Message {
	switch m.mode {
	case "garbage for a diagnosis":
		return &proto.Message{Kind: proto.Kind_KIND_RESULT, Body: []byte{0xff}}
	case "endless diagnosis":
		res := &proto.DiagnoseResponse{Summary: strings.Repeat("it is bad \x1b[31m", 100_000), Facts: map[string]string{}}
		for i := range 100_000 {
			res.Facts[fmt.Sprint("fact ", i)] = "\x1b[2J"
			res.Logs = append(res.Logs, "a line\u202e of a log")
		}
		return result(res)
	}
	return result(&proto.DiagnoseResponse{Summary: "All is well"})
}

func (m *provider) watch(msg *proto.Message, out chan<- *proto.Message) *proto.Message {
	if m.mode == "floods of events" {
		b, _ := gproto.Marshal(&proto.Event{Address: "bad_thing.a", Kind: "changed"})
		mark()
		for begun := time.Now(); time.Since(begun) < time.Minute; {
			out <- &proto.Message{Id: msg.GetId(), Kind: proto.Kind_KIND_EVENT, Body: b}
		}
	}
	time.Sleep(time.Hour)
	return nil
}
