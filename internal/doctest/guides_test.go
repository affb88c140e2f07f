package doctest

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

// guides returns the README.md of every example that has one.
func guides(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(repository(t), "examples", "*", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestGuides plays the README.md of each example in a copy of its folder. What
// an example makes with Docker, and the ports that it publishes, have names that
// everybody uses: one such example is played at a time on a machine.
func TestGuides(t *testing.T) {
	for _, name := range guides(t) {
		example := filepath.Dir(name)
		t.Run(filepath.Base(example), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Base(example) == "provider-python" {
				withPython(t)
			}
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(example)); err != nil {
				t.Fatal(err)
			}
			uses := usesOf(t, example)
			if len(uses.objects) == 0 {
				t.Parallel()
			} else {
				dockertest.Images(t)
				alone(t)
				uses.areFree(t)
				t.Cleanup(func() { uses.remove(t) })
			}
			play(t, dir, string(text))
		})
	}
}

// alone waits until no other process plays an example, and keeps others out
// until the end of the test: who listens on a certain port may play. The system
// frees it whatever becomes of this process.
func alone(t *testing.T) {
	t.Helper()
	const turn = "127.0.0.1:18765"
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		l, err := net.Listen("tcp", turn)
		if err == nil {
			t.Cleanup(func() { _ = l.Close() })
			return
		}
		if time.Now().After(end) {
			t.Fatalf("wait for %s, which another test that plays examples holds: %v", turn, err)
		}
	}
}

// object is one of Docker's, of the kind that the docker command knows it by.
type object struct{ kind, name string }

// uses is what an example uses on the machine: in the order of removal, and the
// ports by the names of their variables.
type uses struct {
	objects []object
	ports   map[string]int
}

// usesOf reads from an example's files what it uses: the names of its docker_
// resources, which are literal, and the numbers that its variables for ports have.
func usesOf(t *testing.T, example string) uses {
	t.Helper()
	all := uses{ports: map[string]int{}}
	byKind := map[string][]object{}
	for _, block := range blocks(t, example) {
		switch {
		case block.Type == "resource" && strings.HasPrefix(block.Labels[0], "docker_"):
			kind := strings.TrimPrefix(block.Labels[0], "docker_")
			name := literal(block, "name")
			if name.IsNull() || name.Type() != cty.String {
				t.Fatalf("%s: the name of %s is not written out, so the test cannot clean up", example, strings.Join(block.Labels, "."))
			}
			byKind[kind] = append(byKind[kind], object{kind, name.AsString()})
		case block.Type == "variable" && strings.HasSuffix(block.Labels[0], "port"):
			if port := literal(block, "default"); port.Type() == cty.Number {
				n, _ := port.AsBigFloat().Int64()
				all.ports[block.Labels[0]] = int(n)
			}
		}
	}
	for _, kind := range []string{"container", "network", "volume"} {
		all.objects = append(all.objects, byKind[kind]...)
	}
	return all
}

func blocks(t *testing.T, example string) hclsyntax.Blocks {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(example, "*.cw.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	var all hclsyntax.Blocks
	for _, name := range names {
		file, diags := hclparse.NewParser().ParseHCLFile(name)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		all = append(all, file.Body.(*hclsyntax.Body).Blocks...)
	}
	return all
}

// literal returns the value of an attribute that is written out, or null.
func literal(block *hclsyntax.Block, name string) cty.Value {
	attribute := block.Body.Attributes[name]
	if attribute == nil {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	value, diags := attribute.Expr.Value(&hcl.EvalContext{})
	if diags.HasErrors() {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return value
}

// areFree fails the test when somebody else has what the example uses.
func (u uses) areFree(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("docker"); err != nil {
		t.Fatalf("the examples use the docker command (Debian's package docker-cli or docker.io): %v", err)
	}
	for _, o := range u.objects {
		if _, err := docker("inspect", "--type", o.kind, "--format", "{{.Name}}", o.name); err == nil {
			t.Fatalf("there is already a %s %s, which the example makes: if it is left over from trying the example, "+
				"run clockwork destroy there, or remove it with: docker %s rm %s", o.kind, o.name, o.kind, o.name)
		}
	}
	for name, port := range u.ports {
		l, err := net.Listen("tcp", ":"+strconv.Itoa(port))
		if err != nil {
			t.Fatalf("port %d of this machine, which the example uses (variable %s), is not free: %v. Stop what listens on it.", port, name, err)
		}
		_ = l.Close()
	}
}

// remove removes what the example has left, as it does when a test failed.
func (u uses) remove(t *testing.T) {
	for _, o := range u.objects {
		args := []string{o.kind, "rm", o.name}
		if o.kind == "container" {
			args = []string{"rm", "--force", "--volumes", o.name}
		}
		output, err := docker(args...)
		if err != nil && !strings.Contains(strings.ToLower(output), "no such "+o.kind) &&
			!strings.Contains(output, o.name+" not found") {
			t.Logf("remove the %s %s: %v: %s", o.kind, o.name, err, output)
		}
	}
}

func docker(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	output, err := exec.CommandContext(ctx, "docker", args...).CombinedOutput()
	return strings.TrimSpace(string(output)), err
}
