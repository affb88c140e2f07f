package main

import (
	"context"
	"path/filepath"
	"strings"
	"sync"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/zclconf/go-cty/cty"
)

// provider implements providers.Provider, and providers.Importer.
type provider struct {
	mu   sync.Mutex        // methods are called from many goroutines
	dirs map[string]string // what relative files are in, by configuration
}

func (p *provider) Schema(context.Context) (*providers.Schema, error) {
	return &providers.Schema{
		Provider: &providers.Object{Description: "Entries of properties files. There is nothing to configure."},
		Resources: map[string]*providers.ResourceType{"properties_entry": {
			CustomValidate: true,
			Object: providers.Object{
				Description: "One entry of a properties file.",
				Attributes: map[string]*providers.Attribute{
					"file":  {Type: cty.String, Required: true, ForceNew: true, Normalise: providers.NormalisePath, Description: "The file, relative to the project."},
					"key":   {Type: cty.String, Required: true, ForceNew: true, Description: "The entry's name."},
					"value": {Type: cty.String, Required: true, Description: "The entry's value."},
				},
			},
		}},
	}, nil
}

func (p *provider) Configure(_ context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dirs[req.Name] = req.Project.Dir
	return providers.ConfigureResponse{}, nil
}

func (p *provider) Validate(_ context.Context, req providers.ValidateRequest) (providers.ValidateResponse, error) {
	var res providers.ValidateResponse
	if req.Kind != providers.KindResource {
		return res, nil
	}
	for name, forbidden := range map[string]string{"key": "=:#! \n", "value": "\n"} {
		v := req.Config.GetAttr(name)
		if v.IsKnown() && !v.IsNull() && strings.ContainsAny(v.AsString(), forbidden) {
			res.Diagnostics = append(res.Diagnostics, diag.Diagnostic{
				Summary: "Invalid " + name,
				Detail:  "It has a character that cannot be written there. Leave out all of " + strings.ReplaceAll(forbidden, "\n", "line ends") + ".",
				Path:    cty.GetAttrPath(name),
			})
		}
	}
	return res, nil
}

func (p *provider) Read(_ context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	state, err := p.find(req.Configuration, text(req.State, "file"), text(req.State, "key"))
	return providers.ReadResponse{State: state, Diagnostics: failed("Cannot read the file", err)}, nil
}

func (p *provider) Apply(_ context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	want, done := req.Planned, req.Planned
	if req.Action == providers.Delete {
		want = req.Prior
	}
	file, key := text(want, "file"), text(want, "key")
	path := p.path(req.Configuration, file)
	lines, err := load(path)
	i := lines.index(key)
	switch {
	case err != nil:
	case req.Action == providers.Create && i >= 0 && lines.value(i) != text(want, "value"):
		// It is somebody else's. Nothing of ours exists, so the state is null.
		return providers.ApplyResponse{State: cty.NullVal(want.Type()), Diagnostics: diag.Errorf("Entry exists",
			"The file %s has an entry %q already. Import it, or choose another key.", file, key)}, nil
	case req.Action == providers.Delete:
		err = lines.without(i).save(path)
	default:
		err = lines.with(i, key, text(want, "value")).save(path)
	}
	if err != nil {
		done = req.Prior // writing is atomic: what was there before still is
	}
	return providers.ApplyResponse{State: done, Diagnostics: failed("Cannot change the file", err)}, nil
}

// Import makes the provider a providers.Importer. An id is FILE#KEY.
func (p *provider) Import(_ context.Context, req providers.ImportRequest) (providers.ImportResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	file, key, ok := strings.Cut(req.ID, "#")
	if !ok {
		return providers.ImportResponse{State: cty.NullVal(entry), Diagnostics: diag.Errorf("Invalid id",
			"%q is not of the form FILE#KEY. Write it like app.properties#server.port.", req.ID)}, nil
	}
	state, err := p.find(req.Configuration, file, key)
	return providers.ImportResponse{State: state, Diagnostics: failed("Cannot read the file", err)}, nil
}

func (p *provider) Close() error { return nil }

// entry is the type that the schema's attributes make.
var entry = cty.Object(map[string]cty.Type{"file": cty.String, "key": cty.String, "value": cty.String})

// find returns the state of an entry, null if there is none.
func (p *provider) find(configuration, file, key string) (cty.Value, error) {
	lines, err := load(p.path(configuration, file))
	i := lines.index(key)
	if err != nil || i < 0 {
		return cty.NullVal(entry), err
	}
	return cty.ObjectVal(map[string]cty.Value{
		"file": cty.StringVal(file), "key": cty.StringVal(key), "value": cty.StringVal(lines.value(i)),
	}), nil
}

func (p *provider) path(configuration, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(p.dirs[configuration], file)
}

func text(object cty.Value, name string) string { return object.GetAttr(name).AsString() }

// failed says in a diagnostic what is wrong with the world. An error as such
// would mean that the provider itself does not work.
func failed(summary string, err error) diag.Diagnostics {
	if err == nil {
		return nil
	}
	return diag.Errorf(summary, "The system says: %s. Make the file readable and writable, and try again.", err)
}
