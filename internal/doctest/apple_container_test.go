package doctest

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/providers/applecontainer/applecontainertest"
)

// TestAppleContainerExample plays the example with a stand-in for the container
// command. The stand-in runs nothing, so this test serves the page that the
// container would.
func TestAppleContainerExample(t *testing.T) {
	t.Parallel()
	world, dir := applecontainertest.NewWorld(t), t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(repository(t), "examples", "apple-container-service"))); err != nil {
		t.Fatal(err)
	}
	provider := fmt.Sprintf("provider \"applecontainer\" {\n  command = %q\n}\n", world.Command)
	if err := os.WriteFile(filepath.Join(dir, "provider.cw.hcl"), []byte(provider), 0o644); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := world.Container(t, "hello-web")
		if c == nil || c.Status.State != "running" {
			http.Error(w, "nobody is here", http.StatusBadGateway)
			return
		}
		http.ServeFile(w, r, filepath.Join(c.Configuration.Mounts[0].Source, "index.html"))
	})}
	go server.Serve(listener)
	defer server.Close()
	port := listener.Addr().(*net.TCPAddr).Port

	play := func(line string, code int, want string) {
		t.Helper()
		line = strings.ReplaceAll(line, "PORT", fmt.Sprintf("-var web_port=%d", port))
		if output, got := shell(t, dir, line); got != code || !strings.Contains(output, want) {
			t.Fatalf("%s: exit code %d:\n%s", line, got, output)
		}
	}
	play("clockwork plan PORT", 0, "Plan: 3 to add, 0 to change, 0 to destroy.")
	play("clockwork apply -auto-approve PORT", 0, "Apply complete!")
	play("clockwork plan -detailed-exitcode PORT", 0, "No changes")
	play("clockwork assert PORT", 0, "All assertions passed")
	play("clockwork output -raw url", 0, fmt.Sprintf("http://127.0.0.1:%d/", port))
	play("'"+world.Command+"' stop hello-web", 0, "hello-web")
	play("clockwork assert PORT", 2, "it is stopped")
	play("clockwork apply -auto-approve PORT", 0, "0 added, 1 changed, 0 destroyed")
	play("clockwork assert PORT", 0, "All assertions passed")
	play("clockwork destroy -auto-approve PORT", 0, "Destroy complete!")
	if world.Container(t, "hello-web") != nil {
		t.Error("the container is still there")
	}
}
