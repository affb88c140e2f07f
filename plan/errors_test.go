package plan_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// rich is a provider whose schema has some of everything. Nothing is ever made
// with it.
type rich struct{ providers.Provider }

func (rich) Schema(context.Context) (*providers.Schema, error) {
	str := func(a providers.Attribute) *providers.Attribute {
		a.Type = cty.String
		return &a
	}
	inner := providers.Object{Attributes: map[string]*providers.Attribute{
		"host":  {Type: cty.Number, Required: true},
		"mode":  str(providers.Attribute{Optional: true, Enum: []string{"read", "write"}}),
		"id":    str(providers.Attribute{Computed: true}),
		"token": str(providers.Attribute{Optional: true, Sensitive: true}),
		"deep": {Optional: true, Nested: &providers.Nested{Nesting: providers.NestingMap, Object: providers.Object{
			Attributes: map[string]*providers.Attribute{"size": {Type: cty.Number, Required: true}}}}},
	}}
	nested := func(n providers.Nested, required bool) *providers.Attribute {
		n.Object = inner
		return &providers.Attribute{Optional: !required, Required: required, Nested: &n}
	}
	thing := providers.ResourceType{Object: providers.Object{
		Attributes: map[string]*providers.Attribute{
			"name":    str(providers.Attribute{Required: true}),
			"size":    {Type: cty.Number, Optional: true, Tier: providers.TierFree},
			"flags":   {Type: cty.List(cty.Bool), Optional: true},
			"labels":  {Type: cty.Map(cty.String), Optional: true},
			"id":      str(providers.Attribute{Computed: true}),
			"kind":    str(providers.Attribute{Optional: true, Enum: []string{"small", "large"}}),
			"colour":  str(providers.Attribute{Optional: true, Deprecated: "use kind."}),
			"content": str(providers.Attribute{Optional: true}),
			"source":  str(providers.Attribute{Optional: true}),
			"left":    str(providers.Attribute{Optional: true}),
			"right":   str(providers.Attribute{Optional: true}),
			"ports":   nested(providers.Nested{Nesting: providers.NestingList, MinItems: 1, MaxItems: 2}, false),
			"nets":    nested(providers.Nested{Nesting: providers.NestingMap}, false),
			"set":     nested(providers.Nested{Nesting: providers.NestingSet}, false),
			"one":     nested(providers.Nested{Nesting: providers.NestingSingle}, false),
			"block":   nested(providers.Nested{Nesting: providers.NestingList, Block: true, MinItems: 1, MaxItems: 2}, true),
			"keyed":   nested(providers.Nested{Nesting: providers.NestingMap, Block: true}, false),
			"single":  nested(providers.Nested{Nesting: providers.NestingSingle, Block: true}, false),
			"status":  {Computed: true, Nested: &providers.Nested{Nesting: providers.NestingList, Block: true, Object: inner}},
		},
		ExactlyOneOf: [][]string{{"content", "source"}},
		AtMostOneOf:  [][]string{{"left", "right"}},
	}}
	loose := providers.ResourceType{Object: providers.Object{
		Attributes: map[string]*providers.Attribute{
			"content": str(providers.Attribute{Optional: true}),
			"source":  str(providers.Attribute{Optional: true}),
			"id":      str(providers.Attribute{Computed: true}),
		},
		AtLeastOneOf: [][]string{{"content", "source"}},
	}}
	told := providers.ResourceType{Object: providers.Object{
		Attributes: map[string]*providers.Attribute{
			"name":    str(providers.Attribute{Required: true}),
			"text":    str(providers.Attribute{Required: true, Completable: true, Tier: providers.TierApproval}),
			"content": str(providers.Attribute{Optional: true, Completable: true, Tier: providers.TierFree}),
			"source":  str(providers.Attribute{Optional: true}),
		},
		ExactlyOneOf: [][]string{{"source", "content"}},
	}}
	return &providers.Schema{
		Provider:  &providers.Object{Attributes: map[string]*providers.Attribute{"namespace": str(providers.Attribute{Optional: true})}},
		Resources: map[string]*providers.ResourceType{"memory_thing": &thing, "memory_loose": &loose, "memory_told": &told},
	}, nil
}

func (rich) Configure(context.Context, providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	return providers.ConfigureResponse{}, nil
}

type richFactory struct{}

func (richFactory) Schema(ctx context.Context, source string) (*providers.Schema, error) {
	if source != "clockwork/memory" {
		return nil, errors.New("there is no provider " + source)
	}
	return rich{}.Schema(ctx)
}

func (richFactory) Provider(context.Context, string) (providers.Provider, error) { return rich{}, nil }

// TestErrors plans the projects in testdata/errors. What is found there, with
// its place, is in want.txt: what validate finds, then what plan does, if that
// is something else.
func TestErrors(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "errors", "*", "main.cw.hcl"))
	if err != nil || len(dirs) == 0 {
		t.Fatal(dirs, err)
	}
	for _, main := range dirs {
		dir := filepath.Dir(main)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			ctx := context.Background()
			cfg, diags := config.Load(ctx, dir, config.Options{Project: "test", BuiltinProviders: []string{"memory"}})
			if diags.HasErrors() {
				t.Fatalf("not loaded: %v", diags)
			}
			vars, ds := cfg.Variables(ctx, config.VariableArgs{})
			if ds.HasErrors() {
				t.Fatal(ds)
			}
			got := "validate:\n" + written(plan.Validate(ctx, cfg, richFactory{}, "0.1.0")) + "plan:\n"
			_, ds = plan.Make(ctx, plan.Input{Config: cfg, Variables: vars, Providers: richFactory{}, Version: "0.1.0",
				State: &state.State{}}, plan.Options{})
			got += written(ds)
			golden := filepath.Join(dir, "want.txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nnot\n%s", got, want)
			}
		})
	}
}

func written(ds diag.Diagnostics) string {
	var b strings.Builder
	for _, d := range ds {
		place := "nowhere"
		if d.Subject != nil {
			place = d.Subject.String()
		}
		fmt.Fprintf(&b, "%s: %s: %s\n  %s\n", place, d.Severity, d.Summary, d.Detail)
	}
	return b.String()
}
