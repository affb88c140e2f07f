package session_test

import (
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/convert"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/zclconf/go-cty/cty"
	gproto "google.golang.org/protobuf/proto"
)

var printBytes = flag.Bool("print-bytes", false, "print the exchange of docs/protocol.md")

// note is the provider of the exchange in docs/protocol.md.
type note struct{ fake }

func (*note) Schema(context.Context) (*providers.Schema, error) {
	return &providers.Schema{Provider: &providers.Object{}, Resources: map[string]*providers.ResourceType{
		"note": {Object: providers.Object{Attributes: map[string]*providers.Attribute{
			"text": {Type: cty.String, Required: true},
			"id":   {Type: cty.Number, Computed: true},
		}}},
	}}, nil
}

func (*note) Apply(_ context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	req.Progress("writing")
	return providers.ApplyResponse{State: noteOf(req.Planned.GetAttr("text"), cty.NumberIntVal(7))}, nil
}

func noteOf(text, id cty.Value) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"text": text, "id": id})
}

// TestDocument plays the exchange in docs/protocol.md with a real server: what is
// sent is what Clockwork's side makes, and what is answered is what is there.
func TestDocument(t *testing.T) {
	object := providers.Object{Attributes: map[string]*providers.Attribute{"text": {Type: cty.String}, "id": {Type: cty.Number}}}
	codec, empty := convert.NewCodec(object.Type()), convert.NewCodec(cty.EmptyObject)
	encode := func(c *convert.Codec, v cty.Value) []byte {
		b, err := c.Encode(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	want := noteOf(cty.StringVal("hi"), cty.NullVal(cty.Number))
	sent := []*proto.Message{
		{Id: 1, Kind: proto.Kind_KIND_SCHEMA},
		{Id: 2, Kind: proto.Kind_KIND_CONFIGURE, Body: marshal(t, &proto.ConfigureRequest{
			Name: "n", ProjectName: "shop", ProjectDir: "/srv/shop", Config: encode(empty, cty.EmptyObjectVal)})},
		{Id: 3, Kind: proto.Kind_KIND_APPLY, Body: marshal(t, &proto.ApplyRequest{
			Configuration: "n", Type: "note", Address: "note.a", Action: proto.Action_ACTION_CREATE, Intent: "k3v9",
			Config: encode(codec, want), Prior: encode(codec, cty.NullVal(object.Type())),
			Planned: encode(codec, noteOf(cty.StringVal("hi"), cty.UnknownVal(cty.Number)))})},
		{Id: 4, Kind: proto.Kind_KIND_CLOSE},
	}
	answers := map[uint64]int{1: 1, 2: 1, 3: 2, 4: 1}
	names := map[uint64]string{1: "schema", 2: "configure", 3: "apply", 4: "close"}
	text, err := os.ReadFile("../../../docs/protocol.md")
	if err != nil && !*printBytes {
		t.Fatal(err)
	}
	stream, err := proto.NewProviderClient(connect(t, &note{}).conn).Session(bg)
	if err != nil {
		t.Fatal(err)
	}
	var waiting []*proto.Message
	receive := func() *proto.Message {
		for len(waiting) == 0 { // two may come in one frame
			frame, err := stream.Recv()
			if err != nil {
				t.Fatal(err)
			}
			waiting = frame.GetMessages()
		}
		m := waiting[0]
		waiting = waiting[1:]
		return m
	}
	for _, m := range sent {
		frame := &proto.Frame{Messages: []*proto.Message{m}}
		compareBytes(t, string(text), names[m.GetId()]+"-request", frame)
		if err := stream.Send(frame); err != nil {
			t.Fatal(err)
		}
		for i := range answers[m.GetId()] {
			got := receive()
			name := names[m.GetId()] + "-answer"
			if got.GetKind() == proto.Kind_KIND_PROGRESS {
				name = names[m.GetId()] + "-progress"
			}
			if i+1 == answers[m.GetId()] && got.GetKind() != proto.Kind_KIND_RESULT {
				t.Fatalf("answered %v", got)
			}
			compareBytes(t, string(text), name, &proto.Frame{Messages: []*proto.Message{got}})
		}
	}
}

func marshal(t *testing.T, m gproto.Message) []byte {
	t.Helper()
	b, err := gproto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// compareBytes compares a frame with the bytes in the fence of a name. A line may
// end in words about it, behind a semicolon.
func compareBytes(t *testing.T, document, name string, frame *proto.Frame) {
	t.Helper()
	for _, m := range frame.GetMessages() { // the order of maps is anybody's
		if m.GetId() == 1 && m.GetKind() == proto.Kind_KIND_RESULT {
			var schema proto.Schema
			if err := gproto.Unmarshal(m.GetBody(), &schema); err != nil {
				t.Fatal(err)
			}
			m.Body = marshal(t, &schema)
		}
	}
	real := marshal(t, frame)
	if *printBytes {
		fmt.Printf("%s\n% x\n", name, real)
		return
	}
	_, rest, found := strings.Cut(document, "```hex name="+name+"\n")
	fence, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("the document has no fence %s", name)
	}
	var digits strings.Builder
	for line := range strings.Lines(fence) {
		line, _, _ = strings.Cut(line, ";")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	shown, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if string(shown) != string(real) {
		t.Errorf("%s: the document shows\n% x\nbut these are\n% x", name, shown, real)
	}
}
