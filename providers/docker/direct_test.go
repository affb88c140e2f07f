package docker_test

import (
	"fmt"
	"io"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/docker"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

func readAll(r io.ReadCloser) (string, error) {
	b, err := io.ReadAll(r)
	_ = r.Close()
	return string(b), err
}

// provider is one of its own, for what the core does not do yet, or does not
// let happen. It is closed with the test.
func (p *project) provider() (providers.Provider, *providers.Schema) {
	p.Helper()
	d := docker.New()
	p.Cleanup(func() { _ = d.Close() })
	schema, err := d.Schema(p.ctx())
	p.must(err)
	_, err = d.Configure(p.ctx(), providers.ConfigureRequest{Name: "docker", Project: providers.Project{Name: "test", Dir: p.Dir},
		Config: cty.NullVal(schema.Provider.Type())})
	p.must(err)
	return d, schema
}

func (p *project) imports(typ, id string) (cty.Value, diag.Diagnostics) {
	p.Helper()
	d, _ := p.provider()
	resp, err := d.(providers.Importer).Import(p.ctx(), providers.ImportRequest{
		Target: providers.Target{Configuration: "docker", Type: typ, Address: typ + ".x"}, ID: id})
	p.must(err)
	return resp.State, resp.Diagnostics
}

// race lets several resources make one thing at once: one makes it, and the
// others say so.
func (p *project) race(typ string, attrs providertest.Attrs, words ...string) {
	p.Helper()
	d, schema := p.provider()
	object := &schema.Resources[typ].Object
	config, err := providertest.Value(object, attrs)
	p.must(err)
	var wg sync.WaitGroup
	answers := make([]providers.ApplyResponse, 6)
	for i := range answers {
		wg.Go(func() {
			var err error
			answers[i], err = d.Apply(p.ctx(), providers.ApplyRequest{
				Target: providers.Target{Configuration: "docker", Type: typ, Address: fmt.Sprintf("%s.x%d", typ, i)},
				Action: providers.Create, Intent: fmt.Sprintf("%s-%d", p.name, i), Config: config,
				Prior: cty.NullVal(object.Type()), Planned: providers.Propose(object, cty.NilVal, config), Progress: func(string) {}})
			if err != nil {
				p.Error(err)
			}
		})
	}
	wg.Wait()
	made := 0
	for _, a := range answers {
		if a.Diagnostics.HasErrors() {
			p.says(a.Diagnostics, words...)
		} else {
			made++
		}
	}
	if made != 1 {
		p.Errorf("%d say that they made it", made)
	}
}
