package sdk_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
)

// TestMain lets the test start itself as a provider.
func TestMain(m *testing.M) {
	if os.Getenv("SDK_TEST_MISTAKES") != "" {
		sdk.Serve(declaring[string]())
		os.Exit(0)
	}
	if len(os.Args) == 1 {
		sdk.Serve(nil)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Whoever starts a provider by hand is told what to do with it.
func TestByHand(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CW_PLUGIN_DIR=/opt/plugins")
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("it ends with %v", err)
	}
	for _, want := range []string{"is a provider for Clockwork", "/opt/plugins", "clockwork init"} {
		if !strings.Contains(string(output), want) {
			t.Errorf("it says %q, not %q", output, want)
		}
	}
}

// Mistakes in the declarations end the program at its start.
func TestMistakes(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SDK_TEST_MISTAKES=1")
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("it ends with %v", err)
	}
	if want := "there are mistakes in its declarations:\nresource acme_thing: string: attributes are declared"; !strings.Contains(string(output), want) {
		t.Errorf("it says %q, not %q", output, want)
	}
}
