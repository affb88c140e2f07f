package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal returns the two ends of a new terminal: the side of the person,
// and that of the program.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// echoes tells whether a terminal shows what is typed.
func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	settings, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return settings.Lflag&unix.ECHO != 0
}

// writes is a writer that passes on what is written, one write a message.
type writes chan string

func (w writes) Write(b []byte) (int, error) {
	w <- string(b)
	return len(b), nil
}

// Whoever gives up at the question for a secret gets the terminal back as it was.
func TestInterruptedSecretRestoresEcho(t *testing.T) {
	person, program := openTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	printed := make(writes, 8)
	p := &prompter{in: program, out: printed}
	ended := make(chan error, 1)
	go func() {
		_, err := p.ask(ctx, "?", true)
		ended <- err
	}()
	for deadline := time.Now().Add(5 * time.Second); echoes(t, program); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the secret is shown while it is typed")
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was interrupted", err)
	}
	if !echoes(t, program) {
		t.Error("the terminal shows nothing that is typed any more")
	}
	if _, err := p.ask(ctx, "?", false); !errors.Is(err, context.Canceled) {
		t.Errorf("another question was asked after an interrupt: %v", err)
	}
	fmt.Fprintln(person) // ends the read that was given up, which prints a newline then
	for range 3 {
		<-printed
	}
}
