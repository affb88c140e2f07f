package file

import (
	"context"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

func known(v cty.Value) bool { return v.IsKnown() && !v.IsNull() }

// Validate checks what can be checked without looking at the disk.
func (p *provider) Validate(_ context.Context, req providers.ValidateRequest) (providers.ValidateResponse, error) {
	var ds diagnostics
	if !known(req.Config) {
		return providers.ValidateResponse{}, nil
	}
	check := func(attribute string, f func(text string) diagnostics) {
		if !req.Config.Type().HasAttribute(attribute) {
			return
		}
		if v := req.Config.GetAttr(attribute); known(v) {
			ds = append(ds, f(v.AsString())...)
		}
	}
	checkMode := func(attribute string) {
		check(attribute, func(text string) diagnostics {
			if _, ok := parseMode(text); ok {
				return nil
			}
			return about(attribute, "Not a mode", `A mode is an octal number up to 7777, such as "0644". Correct it.`)
		})
	}
	checkMode("mode")
	switch req.Kind {
	case providers.KindAssert:
		check("regex", checkRegex)
		check("sha256", checkSum)
	case providers.KindData:
		check("path", func(text string) diagnostics { return checkSpelling("path", text) })
	case providers.KindResource:
		checkMode("directory_mode")
		check("path", func(text string) diagnostics {
			if ds := checkSpelling("path", text); ds != nil || req.Type == directoryType || !strings.HasSuffix(text, "/") {
				return ds
			}
			return about("path", "Path of a folder", `The path of a file cannot end in "/". Add the file's name.`)
		})
		for _, attribute := range []string{"owner", "group"} {
			check(attribute, func(text string) diagnostics {
				if text != "" {
					return nil
				}
				return about(attribute, "Empty name", "The name of the %s must not be empty. Give one, or leave it out.", attribute)
			})
		}
		check("source", func(text string) diagnostics { return checkSpelling("source", text) })
		check("content_base64", func(text string) diagnostics {
			_, ds := bytesOf("content_base64", cty.StringVal(text))
			return ds
		})
		if req.Type == templateType {
			ds = append(ds, checkTemplate(req.Config)...)
		}
	}
	return providers.ValidateResponse{Diagnostics: ds}, nil
}

func checkRegex(text string) diagnostics {
	if _, err := regexp.Compile(text); err != nil {
		return about("regex", "Not a regular expression", "It cannot be read as a regular expression in RE2 syntax. Correct it.")
	}
	return nil
}

func checkSum(text string) diagnostics {
	if sum, err := hex.DecodeString(text); err != nil || len(sum) != 32 {
		return about("sha256", "Not a SHA-256", "A SHA-256 is written as 64 hexadecimal digits. Correct it.")
	}
	return nil
}

// Plan works out what can be known before it is applied: the absolute path,
// what a template yields, and the SHA-256 and size of the content. So a change
// in a source file, or by hand in a copy of it, is a change of the SHA-256.
func (p *provider) Plan(ctx context.Context, req providers.PlanRequest) (providers.PlanResponse, error) {
	project, err := p.project(req.Configuration)
	if err != nil {
		return providers.PlanResponse{}, err
	}
	planned := objects.Edit(req.Proposed)
	var ds diagnostics
	if path := planned.Get("path"); known(path) {
		abs, more := place(project, path.AsString())
		ds = append(ds, more...)
		if more == nil {
			planned.Set("abs_path", cty.StringVal(abs))
		}
	}
	if req.Type == templateType {
		content, more := render(planned.Get("template"), planned.Get("vars"))
		ds = append(ds, more...)
		planned.Set("content", content)
	}
	if req.Type != directoryType && !ds.HasErrors() {
		sum, size, more, err := sums(ctx, req.Type, project, planned.Value())
		if err != nil {
			return providers.PlanResponse{}, err
		}
		ds = append(ds, more...)
		planned.Set("sha256", sum)
		planned.Set("size", size)
	}
	return providers.PlanResponse{Planned: planned.Value(), Diagnostics: ds}, nil
}
