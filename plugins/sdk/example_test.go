package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Memo declares a type of resource: a file with a line of text.
type Memo struct {
	Path string               `cw:"path,required,replace,normalise=path" doc:"The file, relative to the project."`
	Text string               `cw:"text,required,tier=free" doc:"What is in it."`
	Sign sdk.Optional[string] `cw:"sign,optional" doc:"Who signs it."`
	Size sdk.Computed[int]    `cw:"size,computed,from=text|sign" doc:"How many bytes it has."`
}

// memos makes them real. There is no client: paths are all it needs.
type memos struct{}

func (memos) Create(_ context.Context, c *sdk.Call[struct{}], want Memo) (*Memo, error) {
	if _, err := os.Stat(c.Path(want.Path)); err == nil {
		return nil, sdk.At("path", "File exists", "There is a file %s already. Choose another path.", want.Path)
	}
	return write(c, want)
}

func (memos) Read(_ context.Context, c *sdk.Call[struct{}], was Memo) (*Memo, error) {
	b, err := os.ReadFile(c.Path(was.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // it is gone
	}
	now := Memo{Path: was.Path, Size: sdk.Set(len(b))}
	text, sign, signed := strings.Cut(string(b), "\n-- ")
	if now.Text = text; signed {
		now.Sign = sdk.Some(sign)
	}
	return &now, err
}

func (memos) Update(_ context.Context, c *sdk.Call[struct{}], _, want Memo) (*Memo, error) {
	return write(c, want)
}

func (memos) Delete(_ context.Context, c *sdk.Call[struct{}], was Memo) error {
	err := os.Remove(c.Path(was.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func write(c *sdk.Call[struct{}], want Memo) (*Memo, error) {
	text := want.Text
	if sign, ok := want.Sign.Get(); ok {
		text += "\n-- " + sign
	}
	want.Size = sdk.Set(len(text))
	return &want, os.WriteFile(c.Path(want.Path), []byte(text), 0o644)
}

// A whole provider. Its main would be sdk.Serve(newMemos()).
func newMemos() *sdk.Provider {
	return sdk.New(sdk.Spec[struct{}, struct{}]{
		Name: "memo", Doc: "Memos in files.",
		Resources: []sdk.ResourceType[struct{}]{
			sdk.Resource("memo_line", "A file with a line of text.", memos{}, sdk.CheckEvery(time.Minute)),
		},
		Asserts: []sdk.AssertType[struct{}]{
			sdk.Assert("memo_says", "The file has its text.",
				func(_ context.Context, c *sdk.Call[struct{}], _ struct{}, was Memo) (sdk.Verdict, error) {
					switch now, err := (memos{}).Read(context.Background(), c, was); {
					case err != nil:
						return sdk.Verdict{}, err // it cannot be looked at: unknown
					case now == nil:
						return sdk.Fail("it is gone"), nil
					case now.Text != was.Text:
						return sdk.Fail("it says something else"), nil
					}
					return sdk.Pass("it says what it should"), nil
				}),
		},
	})
}

// A provider is a providers.Provider, and can be asked as Clockwork asks it.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "memo")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx, p := context.Background(), newMemos()
	if err := p.Problems(); err != nil {
		fmt.Println(err)
		return
	}
	_, _ = p.Configure(ctx, providers.ConfigureRequest{Name: "memo", Project: providers.Project{Dir: dir}, Config: cty.EmptyObjectVal})
	planned := cty.ObjectVal(map[string]cty.Value{
		"path": cty.StringVal("today"), "text": cty.StringVal("Call Ada."), "sign": cty.NullVal(cty.String), "size": cty.UnknownVal(cty.Number)})
	made, _ := p.Apply(ctx, providers.ApplyRequest{
		Target: providers.Target{Configuration: "memo", Type: "memo_line"}, Action: sdk.Create, Config: planned, Planned: planned,
		Prior: cty.NullVal(planned.Type())})
	fmt.Println(made.State.GetAttr("size").AsBigFloat(), made.Diagnostics.HasErrors())
	b, _ := os.ReadFile(filepath.Join(dir, "today"))
	fmt.Println(string(b))
	// Output:
	// 9 false
	// Call Ada.
}

// A mistake in a struct or its tags is found when the provider starts.
func ExampleProvider_Problems() {
	type Thing struct {
		Name string `cw:"name,requried"`
		Note string `cw:"note,optional"`
	}
	_, err := sdk.New(sdk.Spec[Thing, struct{}]{Name: "acme"}).Schema(context.Background())
	fmt.Println(err)
	// Output:
	// provider acme: struct sdk_test.Thing, field Name, tag cw:"name,requried": there is no option "requried". Did you mean "required"?
	// provider acme: struct sdk_test.Thing, field Note, tag cw:"note,optional": it is null where the user leaves it out, which a string cannot be: make it an sdk.Optional[string], or give it a default
}

// Null is explicit.
func ExampleOptional() {
	var comment sdk.Optional[string]
	fmt.Println(comment.IsNull(), comment.Or("none"))
	comment = sdk.Some("a line")
	if text, ok := comment.Get(); ok {
		fmt.Println(text)
	}
	// Output:
	// true none
	// a line
}

// Unknown is explicit, and is asked about before null.
func ExampleValue() {
	for _, v := range []sdk.String{sdk.Unknown[string](), sdk.Null[string](), sdk.Known("blue")} {
		if tag, known := v.Known(); !known {
			fmt.Println("not known yet")
		} else if text, set := tag.Get(); !set {
			fmt.Println("not set")
		} else {
			fmt.Println(text)
		}
	}
	// Output:
	// not known yet
	// not set
	// blue
}

// What is sensitive does not print.
func ExampleSecret() {
	login := struct {
		User  string
		Token sdk.Secret[string]
	}{"ada", sdk.NewSecret("swordfish")}
	fmt.Printf("%v\n%+v\n", login, login)
	fmt.Println(len(login.Token.Reveal()))
	// Output:
	// {ada (sensitive)}
	// {User:ada Token:(sensitive)}
	// 9
}

// A problem of one attribute is shown where the user has written it.
func ExampleAt() {
	err := sdk.At("ports[0].host", "Port in use", "Port %d is in use. Choose another.", 8080)
	fmt.Println(err)
	// Output:
	// ports[0].host: Port in use: Port 8080 is in use. Choose another.
}

// Slug is a text that says itself whether it is right.
type Slug string

// Validate is called for each value that is known, wherever it stands.
func (s Slug) Validate() error {
	if strings.ContainsAny(string(s), " /") {
		return sdk.Errorf("Not a slug", "It cannot have spaces or slashes. Leave them out.")
	}
	return nil
}

// A type with a method Validate is checked wherever it stands, whatever else is
// not known yet.
func Example_validate() {
	type Page struct {
		Slugs []Slug `cw:"slugs,required" doc:"Where it is found."`
		Title string `cw:"title,required" doc:"What it is called."`
	}
	p := sdk.New(sdk.Spec[Page, struct{}]{Name: "acme"})
	resp, _ := p.Validate(context.Background(), providers.ValidateRequest{Kind: providers.KindProvider, Config: cty.ObjectVal(map[string]cty.Value{
		"slugs": cty.ListVal([]cty.Value{cty.StringVal("good"), cty.StringVal("not good")}),
		"title": cty.UnknownVal(cty.String),
	})})
	for _, d := range resp.Diagnostics {
		fmt.Println(d.Summary, "at", d.Path[0].(cty.GetAttrStep).Name, d.Path[1].(cty.IndexStep).Key.AsBigFloat())
	}
	// Output:
	// Not a slug at slugs 1
}
