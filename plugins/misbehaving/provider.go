package misbehaving

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	plugin "github.com/hashicorp/go-plugin"
	"github.com/zclconf/go-cty/cty"
	"google.golang.org/grpc"
	gproto "google.golang.org/protobuf/proto"

	"github.com/clockwork-hcl/clockwork/plugins/convert"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
)

// provider speaks the protocol by itself, so that it can do everything wrong.
type provider struct {
	proto.UnimplementedProviderServer
	mode   string
	world  string
	stderr *os.File // go-plugin puts something of its own in its place
	schema *providers.Schema
	codec  *convert.Codec
}

// Main is the main of the provider. What it does wrong, says BAD_MODE: nothing
// when that is empty. Its objects are files in BAD_WORLD, or else WORLD_OF_BAD.
func Main() {
	mode := os.Getenv("BAD_MODE")
	cookie := os.Getenv("CLOCKWORK_PROVIDER")
	config := &plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "CLOCKWORK_PROVIDER", MagicCookieValue: cookie},
		GRPCServer:      plugin.DefaultGRPCServer,
	}
	hang := func() { time.Sleep(time.Hour) }
	switch mode {
	case "exits at once":
		fmt.Fprintln(os.Stderr, "cannot find my library")
		os.Exit(7)
	case "garbage instead of a handshake":
		fmt.Println("\x00\x01|||\xff garbage")
		hang()
	case "endless garbage":
		for {
			if _, err := os.Stdout.Write(bytes.Repeat([]byte{'x'}, 1<<16)); err != nil {
				os.Exit(0)
			}
		}
	case "wrong magic cookie":
		config.MagicCookieValue = "that of another program"
	case "old protocol":
		config.ProtocolVersion = 0
	case "hangs before the handshake":
		hang()
	case "handshake, then hangs":
		fmt.Println("1|1|unix|/nowhere/at/all|grpc|")
		hang()
	case "no certificate":
		_ = os.Unsetenv("PLUGIN_CLIENT_CERT")
	case "closes standard output":
		_ = os.Stdout.Close()
		hang()
	}
	m := &provider{mode: mode, world: cmp.Or(os.Getenv("BAD_WORLD"), os.Getenv("WORLD_OF_BAD")), stderr: os.Stderr, schema: badSchema(mode)}
	m.codec = convert.NewCodec(m.schema.Resources["bad_thing"].Type())
	config.Plugins = plugin.PluginSet{"provider": servesBadly{server: m}}
	plugin.Serve(config)
}

type servesBadly struct {
	plugin.NetRPCUnsupportedPlugin
	server proto.ProviderServer
}

func (p servesBadly) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	proto.RegisterProviderServer(s, p.server)
	return nil
}

func (servesBadly) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("this is a provider")
}

func badSchema(mode string) *providers.Schema {
	thing := &providers.ResourceType{CustomPlan: true, CustomValidate: true, Watchable: true, Object: providers.Object{
		Attributes: map[string]*providers.Attribute{
			"name":   {Type: cty.String, Required: true, ForceNew: true},
			"value":  {Type: cty.String, Optional: true},
			"size":   {Type: cty.Number, Optional: true, Computed: true},
			"secret": {Type: cty.String, Optional: true, Sensitive: true},
			"any":    {Type: cty.DynamicPseudoType, Optional: true},
			"parts": {Optional: true, Nested: &providers.Nested{Nesting: providers.NestingList, Object: providers.Object{
				Attributes: map[string]*providers.Attribute{"part": {Type: cty.String, Required: true}}}}},
			"id": {Type: cty.String, Computed: true, Stable: true},
		},
	}}
	s := &providers.Schema{
		Provider:     &providers.Object{},
		Resources:    map[string]*providers.ResourceType{"bad_thing": thing},
		Asserts:      map[string]*providers.AssertType{"is_well": {Targets: []string{"bad_thing"}}},
		Capabilities: providers.Capabilities{Plan: true, Check: true, Diagnose: true, Watch: true, Recover: true},
	}
	switch mode {
	case "attribute of no kind":
		thing.Attributes["other"] = &providers.Attribute{Type: cty.String}
	case "name that the language keeps":
		thing.Attributes["for_each"] = &providers.Attribute{Type: cty.String, Optional: true}
	case "type with control characters":
		s.Resources["bad\x1b[2J"] = &providers.ResourceType{}
	case "schema that is huge":
		thing.Description = strings.Repeat("x", 20<<20)
	}
	return s
}

func (m *provider) Session(stream proto.Provider_SessionServer) error {
	out := make(chan *proto.Message, 1<<10)
	go func() {
		for msg := range out {
			if stream.Send(&proto.Frame{Messages: []*proto.Message{msg}}) != nil {
				os.Exit(1)
			}
		}
	}()
	for {
		frame, err := stream.Recv()
		if err != nil {
			os.Exit(0)
		}
		for _, msg := range frame.GetMessages() {
			if msg.GetKind() == proto.Kind_KIND_CANCEL {
				continue // it is not heard
			}
			go func() {
				result := m.answer(msg, out)
				if result == nil {
					result = &proto.Message{Kind: proto.Kind_KIND_RESULT}
				}
				if result.Id == 0 && m.mode != "answers what was never asked" {
					result.Id = msg.GetId()
				}
				out <- result
				if msg.GetKind() == proto.Kind_KIND_CLOSE {
					time.AfterFunc(time.Second, func() { os.Exit(0) })
				}
			}()
		}
	}
}

func result(m gproto.Message) *proto.Message {
	b, err := gproto.Marshal(m)
	if err != nil {
		return failure(err.Error())
	}
	return &proto.Message{Kind: proto.Kind_KIND_RESULT, Body: b}
}

func failure(text string) *proto.Message {
	b, _ := gproto.Marshal(&proto.Failure{Message: text})
	return &proto.Message{Kind: proto.Kind_KIND_FAILURE, Body: b}
}

func dies(how string) {
	switch how {
	case "panics":
		panic("out of luck")
	case "kills itself", "crashes":
		if self, err := os.FindProcess(os.Getpid()); err == nil && how == "crashes" {
			_ = self.Signal(syscall.SIGSEGV)
		} else if err == nil {
			_ = self.Kill()
		}
	case "exits":
		os.Exit(0)
	}
	mark()
	time.Sleep(time.Hour) // hangs
}

// mark says that what was asked for has been reached, in the file "reached" of
// BAD_WORLD.
func mark() {
	_ = os.WriteFile(filepath.Join(os.Getenv("BAD_WORLD"), "reached"), nil, 0o600)
}

// answer answers one request, as it should be done or as the mode says.
func (m *provider) answer(msg *proto.Message, out chan<- *proto.Message) *proto.Message {
	kind := strings.ToLower(strings.TrimPrefix(msg.GetKind().String(), "KIND_"))
	if how, ok := strings.CutSuffix(m.mode, " in "+kind); ok {
		dies(how)
	}
	if kind == "validate" {
		var req proto.ValidateRequest
		if gproto.Unmarshal(msg.GetBody(), &req) == nil && req.GetKind() != proto.ValidateRequest_KIND_RESOURCE {
			return nil
		}
	}
	switch m.mode + "/" + kind {
	case "garbage for a schema/schema", "garbage for a state/read", "garbage for a result/apply":
		return &proto.Message{Kind: proto.Kind_KIND_RESULT, Body: bytes.Repeat([]byte{0xff}, 100)}
	case "no schema/schema":
		return nil
	case "100 MB/read":
		return &proto.Message{Kind: proto.Kind_KIND_RESULT, Body: bytes.Repeat([]byte{0x0a}, 100<<20)}
	case "message beyond the limit/read":
		return &proto.Message{Kind: proto.Kind_KIND_RESULT, Body: make([]byte, 260<<20)}
	case "a request to Clockwork/read":
		out <- &proto.Message{Id: msg.GetId(), Kind: proto.Kind_KIND_READ}
	case "answers another request/read":
		return &proto.Message{Id: msg.GetId() + 1000, Kind: proto.Kind_KIND_RESULT}
	case "answers what was never asked/read":
		return &proto.Message{Kind: proto.Kind_KIND_RESULT}
	case "answers twice/configure":
		first := result(&proto.DiagnosticsResponse{})
		first.Id = msg.GetId()
		out <- first
	case "10,000 diagnostics/validate":
		var all []*proto.Diagnostic
		for i := range 10_000 {
			all = append(all, &proto.Diagnostic{Severity: proto.Diagnostic_SEVERITY_WARNING, Summary: fmt.Sprint("Warning ", i)})
		}
		return result(&proto.DiagnosticsResponse{Diagnostics: append(all, &proto.Diagnostic{Summary: "The last one is an error"})})
	case "diagnostic with escapes/validate":
		return result(&proto.DiagnosticsResponse{Diagnostics: []*proto.Diagnostic{{
			Summary: "Bad \x1b[31mthing\x1b[0m\u202egnirts", Detail: "line\r\nbreak \x07\u200b", Address: "bad_thing.\x1b[2J",
			Path:    &proto.Path{Steps: []*proto.Path_Step{nil, {Step: &proto.Path_Step_Element{Element: []byte{0xff}}}}},
			Subject: &proto.Range{Filename: "main.cw.hcl", Start: &proto.Range_Position{Line: -5, Column: 1 << 40, Byte: 10}, End: &proto.Range_Position{Line: 1 << 40, Byte: math.MaxInt64}},
			Context: &proto.Range{Filename: "main.cw.hcl", Start: &proto.Range_Position{Byte: -10}, End: &proto.Range_Position{Byte: 5}},
		}}})
	case "leaks in a diagnostic/validate":
		return result(&proto.DiagnosticsResponse{Diagnostics: []*proto.Diagnostic{{Summary: "Not with hunter2222", Detail: "It is hunter2222, and swordfish."}}})
	case "leaks in a failure/read":
		return failure("cannot log in with hunter2222 and swordfish")
	case "leaks when it crashes/read":
		fmt.Fprintln(m.stderr, "the password is hunter2222, the other swordfish")
		os.Exit(3)
	case "leaks in the log/read":
		fmt.Fprintln(m.stderr, "the password is hunter2222, the other swordfish")
		fmt.Println("printed: hunter2222") // on go-plugin's stream
		time.Sleep(100 * time.Millisecond)
	case "floods standard error/read":
		for range 1 << 9 {
			_, _ = m.stderr.Write(bytes.Repeat([]byte("a line that says nothing at all..\n"), 1<<15))
		}
	case "one endless line/read":
		for range 1 << 8 {
			_, _ = m.stderr.Write(bytes.Repeat([]byte{'x'}, 1<<20))
		}
	case "floods of progress/apply":
		b, _ := gproto.Marshal(&proto.Progress{Message: "still at it \x1b[31m" + strings.Repeat("!", 2000)})
		for range 50_000 {
			out <- &proto.Message{Id: msg.GetId(), Kind: proto.Kind_KIND_PROGRESS, Body: b}
		}
	case "replaces its executable/read":
		if path, err := os.Executable(); err == nil {
			_ = os.Remove(path) // it may be a link to one that is in use
			_ = os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755)
		}
	case "leaves a grandchild/read":
		child := exec.Command("sleep", "1000")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if child.Start() == nil {
			_ = os.WriteFile(filepath.Join(m.world, "grandchild"), fmt.Append(nil, child.Process.Pid), 0o600)
		}
	}
	switch msg.GetKind() {
	case proto.Kind_KIND_SCHEMA:
		s, err := convert.EncodeSchema(m.schema)
		if err != nil {
			return failure(err.Error())
		}
		if m.mode == "type that is none" {
			s.Resources["bad_thing"].Object.Attributes["value"].Type = []byte(`["list"`)
		}
		return result(s)
	case proto.Kind_KIND_READ:
		return m.read(msg)
	case proto.Kind_KIND_PLAN:
		return m.plan(msg)
	case proto.Kind_KIND_APPLY:
		return m.apply(msg)
	case proto.Kind_KIND_RECOVER:
		return m.recover(msg)
	case proto.Kind_KIND_CHECK:
		return m.check()
	case proto.Kind_KIND_DIAGNOSE:
		return m.diagnose()
	case proto.Kind_KIND_WATCH:
		return m.watch(msg, out)
	}
	return nil
}

// raw writes a state by hand, as no codec of ours would.
func raw(attributes map[string][]byte) []byte {
	b := []byte{0x80 | byte(len(attributes))}
	for name, v := range attributes {
		b = append(append(append(b, 0xa0|byte(len(name))), name...), v...)
	}
	return b
}

func (m *provider) path(v cty.Value) string {
	return filepath.Join(m.world, v.GetAttr("name").AsString())
}
