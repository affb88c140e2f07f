package addr

import "testing"

func TestParseInstanceRoundTrip(t *testing.T) {
	for _, s := range []string{
		"file.a", "file.a[0]", `file.a["x"]`, "data.file.a", `module.web.file.index`,
		`module.web["a"].module.db[2].data.docker_image.x["k.v"]`,
		`file.a["quote \" and \\ and $${x} and %%{y}"]`, `module.m["]\"["].file.a["é"]`,
	} {
		a, err := ParseInstance(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if a.String() != s {
			t.Errorf("%s came back as %s", s, a)
		}
	}
}

func TestParseTargetErrors(t *testing.T) {
	for _, s := range []string{"", "file", "module", "module.a.b", "file.a.b", "file.a[-1]", "file.a[1.5]", "file.a[true]", "data.file", "a b", "file.a[0][1]", "file.*"} {
		if got, err := ParseTarget(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

func TestModuleStatic(t *testing.T) {
	for in, want := range map[Module]Module{
		"":                        "",
		"module.a":                "module.a",
		`module.a["x"].module.b`:  "module.a.module.b",
		`module.a["]\"[."]`:       "module.a",
		`module.a[0].module.b[1]`: "module.a.module.b",
	} {
		if got := in.Static(); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestTargetContains(t *testing.T) {
	for _, tt := range []struct {
		target, instance string
		want             bool
	}{
		{"file.a", "file.a[1]", true},
		{"file.a[1]", "file.a[1]", true},
		{"file.a[1]", "file.a[2]", false},
		{"module.web", `module.web["a"].file.x`, true},
		{"module.web", `module.web2.file.x`, false},
		{`module.web["a"]`, `module.web["b"].file.x`, false},
		{"module.web.file.x", `module.web["b"].file.x`, true},
		{"file.a", "data.file.a", false},
	} {
		target, err := ParseTarget(tt.target)
		if err != nil {
			t.Fatal(err)
		}
		i, err := ParseInstance(tt.instance)
		if err != nil {
			t.Fatal(err)
		}
		if got := target.Contains(i); got != tt.want {
			t.Errorf("%s contains %s: %v", tt.target, tt.instance, got)
		}
	}
}
