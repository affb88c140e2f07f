package cliconfig

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/index"
	"github.com/clockwork-hcl/clockwork/plugins/install"
)

// FileName is the name of the file, in the home folder.
const FileName = ".clockworkrc"

// EnvFile names another file. It is taken from the environment only: what a
// project's .env says must not decide who is trusted.
const EnvFile = "CW_CLI_CONFIG_FILE"

// Config is what the file says.
type Config struct {
	Path string // of the file; "" if there is none
	Src  []byte

	CacheDir string // plugin_cache_dir
	Methods  []install.Method
	Mirrors  []Mirror
	Pins     []install.Pin
	// Overrides are the dev_overrides, by source.
	Overrides map[string]string
}

// Mirror is a folder with providers.
type Mirror struct {
	Dir     string
	Sources install.Filter
}

// Read reads the file that the environment names, or the one in the home folder,
// which need not be there. Without one, providers come from the hosts that their
// sources name.
func Read(home string) (*Config, diag.Diagnostics) {
	path, named := os.LookupEnv(EnvFile)
	if named = named && path != ""; !named {
		if home == "" {
			return standard(), nil
		}
		path = filepath.Join(home, FileName)
	}
	src, err := os.ReadFile(path)
	switch {
	case err != nil && !named && errors.Is(err, fs.ErrNotExist):
		return standard(), nil
	case err != nil && named:
		return standard(), diag.Errorf("Cannot read the CLI configuration", "%s names it: %s. Correct the path, or take the setting away.", EnvFile, err)
	case err != nil:
		return standard(), diag.FromError("Cannot read the CLI configuration", err)
	}
	return parse(path, home, src)
}

func standard() *Config { return &Config{Methods: []install.Method{{}}} }

// These are the shapes of the HCL.
type (
	file struct {
		CacheDir    string              `hcl:"plugin_cache_dir,optional"`
		SigningKeys map[string][]string `hcl:"signing_keys,optional"`
		Install     []*installation     `hcl:"provider_installation,block"`
	}
	installation struct {
		Overrides map[string]string `hcl:"dev_overrides,optional"`
		Folders   []folder          `hcl:"filesystem_mirror,block"`
		Networks  []network         `hcl:"network_mirror,block"`
		Direct    []direct          `hcl:"direct,block"`
		Range     hcl.Range         `hcl:",def_range"`
	}
	folder struct {
		Path    string    `hcl:"path"`
		Include []string  `hcl:"include,optional"`
		Exclude []string  `hcl:"exclude,optional"`
		Range   hcl.Range `hcl:",def_range"`
	}
	network struct {
		URL     string    `hcl:"url"`
		CAFile  string    `hcl:"ca_file,optional"`
		Timeout string    `hcl:"timeout,optional"`
		Include []string  `hcl:"include,optional"`
		Exclude []string  `hcl:"exclude,optional"`
		Range   hcl.Range `hcl:",def_range"`
	}
	direct struct {
		CAFile  string    `hcl:"ca_file,optional"`
		Timeout string    `hcl:"timeout,optional"`
		Include []string  `hcl:"include,optional"`
		Exclude []string  `hcl:"exclude,optional"`
		Range   hcl.Range `hcl:",def_range"`
	}
)

// parser makes sense of one file.
type parser struct {
	Config
	home  string
	diags diag.Diagnostics
}

func parse(path, home string, src []byte) (*Config, diag.Diagnostics) {
	f, diags := hclsyntax.ParseConfig(src, path, hcl.InitialPos)
	p := &parser{Config: Config{Path: path, Src: src, Overrides: map[string]string{}}, home: home}
	if diags.HasErrors() {
		return &p.Config, diag.FromHCL(diags)
	}
	var content file
	if diags := gohcl.DecodeBody(f.Body, nil, &content); diags.HasErrors() {
		return &p.Config, diag.FromHCL(diags)
	}
	attributes := f.Body.(*hclsyntax.Body).Attributes
	at := func(name string) hcl.Range {
		if a := attributes[name]; a != nil {
			return a.SrcRange
		}
		return hcl.Range{Filename: path}
	}
	if content.CacheDir != "" {
		p.CacheDir = p.dir(at("plugin_cache_dir"), "plugin_cache_dir", content.CacheDir)
	}
	p.pins(at("signing_keys"), content.SigningKeys)
	if len(content.Install) == 0 {
		p.Methods = standard().Methods
	}
	for i, in := range content.Install {
		if i > 0 {
			p.invalid(in.Range, "There are two blocks provider_installation. Put everything into the first.")
			break
		}
		p.installation(in)
	}
	return &p.Config, p.diags
}

func (p *parser) invalid(at hcl.Range, detail string, args ...any) {
	p.diags = append(p.diags, diag.At(at, "Invalid CLI configuration", detail, args...)...)
}

// dir reads a folder's path: absolute, or below ~.
func (p *parser) dir(at hcl.Range, name, path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && p.home != "" {
		path = filepath.Join(p.home, rest)
	}
	if !filepath.IsAbs(path) {
		p.invalid(at, "%s is %q. Write an absolute path, or one that begins with ~/: the file holds for all projects.", name, path)
	}
	return filepath.Clean(path)
}

func (p *parser) pins(at hcl.Range, all map[string][]string) {
	// The most exact pattern is asked first.
	patterns := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		if d := strings.Count(a, "*") - strings.Count(b, "*"); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, pattern := range patterns {
		p.pattern(at, "signing_keys", pattern)
		pin := install.Pin{Pattern: pattern}
		for _, text := range all[pattern] {
			k, err := index.ParseKey(text)
			if err != nil {
				p.invalid(at, "signing_keys: %s. The publisher of %s has told you the key.", err, pattern)
			}
			pin.Keys = append(pin.Keys, k)
		}
		p.Pins = append(p.Pins, pin)
	}
}

func (p *parser) pattern(at hcl.Range, name, pattern string) {
	if err := install.CheckPattern(pattern); err != nil {
		p.invalid(at, "%s: %s.", name, err)
	}
}

func (p *parser) filter(at hcl.Range, include, exclude []string) install.Filter {
	for _, pattern := range slices.Concat(include, exclude) {
		p.pattern(at, "include and exclude", pattern)
	}
	return install.Filter{Include: include, Exclude: exclude}
}

func (p *parser) installation(in *installation) {
	for _, source := range slices.Sorted(maps.Keys(in.Overrides)) {
		if s, err := plugins.ParseSource(source); err != nil || s.Builtin() {
			p.invalid(in.Range, "dev_overrides: %q is no source of a provider that could be overridden. Write one such as acme/shop or example.com/acme/shop.", source)
		}
		p.Overrides[source] = p.dir(in.Range, "dev_overrides of "+source, in.Overrides[source])
	}
	for _, f := range in.Folders {
		p.Mirrors = append(p.Mirrors, Mirror{p.dir(f.Range, "path", f.Path), p.filter(f.Range, f.Include, f.Exclude)})
	}
	for _, n := range in.Networks {
		u, err := install.ParseURL(n.URL)
		if err != nil {
			p.invalid(n.Range, "The url of this network_mirror cannot be used: %s. Write it as https://mirror.example.com/providers/.", err)
		}
		m := p.method(n.Range, n.CAFile, n.Timeout)
		m.URL, m.Sources = u, p.filter(n.Range, n.Include, n.Exclude)
		p.Methods = append(p.Methods, m)
	}
	for i, d := range in.Direct {
		if i > 0 {
			p.invalid(d.Range, "There are two blocks direct. Leave one of them out.")
		}
		m := p.method(d.Range, d.CAFile, d.Timeout)
		m.Sources = p.filter(d.Range, d.Include, d.Exclude)
		p.Methods = append(p.Methods, m)
	}
	if len(in.Folders)+len(in.Networks)+len(in.Direct) == 0 {
		p.Methods = standard().Methods // only overrides
	}
}

func (p *parser) method(at hcl.Range, caFile, timeout string) (m install.Method) {
	if caFile != "" {
		var err error
		if m.Roots, err = roots(p.dir(at, "ca_file", caFile)); err != nil {
			p.invalid(at, "ca_file: %s. Name a file with certificates in PEM.", err)
		}
	}
	if timeout != "" {
		d, err := time.ParseDuration(timeout)
		if err != nil || d < time.Millisecond {
			p.invalid(at, "timeout is %q. Write a length of time with its unit, such as 30s.", timeout)
		}
		m.Timeout = d
	}
	return m
}

// roots returns the system's authorities and those in a file.
func roots(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate in it", path)
	}
	return pool, nil
}
