package incident

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, dir string, opts Options) *Store {
	t.Helper()
	s, diags, err := Open(dir, opts)
	must(t, err)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func about(project string) Subject {
	return Subject{Project: Project{project, "/srv/" + project}, Target: "docker_container.web", Asserts: []string{"assert.healthcheck.web"}, Severity: SeverityError}
}

func create(t testing.TB, s *Store, project string) string {
	t.Helper()
	i, err := s.Create(about(project), Entry{Message: "healthcheck failed 3 times"})
	must(t, err)
	return i.ID
}

func add(t testing.TB, s *Store, id string, kind Kind, state State, message string) {
	t.Helper()
	must(t, s.Append(id, Entry{Kind: kind, State: state, Message: message}))
}

// story opens an incident and brings it to its end.
func story(t testing.TB, s *Store, project string) string {
	t.Helper()
	id := create(t, s, project)
	add(t, s, id, Confirmed, "", "")
	add(t, s, id, Attempted, StateHealing, "restart")
	add(t, s, id, Healed, StateHealed, "")
	return id
}

// lines returns the lines of the files of a project's log, and the names.
func logFiles(t testing.TB, dir, project string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, folderName("/srv/"+project), "*"+fileSuffix))
	must(t, err)
	return names
}

func readLines(t testing.TB, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	lines := strings.SplitAfter(string(data), "\n")
	return lines[:len(lines)-1]
}

func writeLines(t testing.TB, path string, lines []string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600))
}

const childVariable = "INCIDENT_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		if err := work(dir); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// work appends until it is killed, and says "ID N" when the call has returned
// that appended entry N to the incident.
func work(dir string) error {
	s, diags, err := Open(dir, Options{MaxFileBytes: 2000, MaxFiles: 3})
	if err == nil {
		err = diags.Err()
	}
	if err != nil {
		return err
	}
	errs := make(chan error)
	for _, project := range []string{"a", "b"} {
		for range 2 {
			go func() {
				for {
					i, err := s.Create(about(project), Entry{})
					if err != nil {
						errs <- err
						return
					}
					fmt.Println(i.ID, 1)
					for n := 2; n <= 6; n++ {
						e := Entry{Kind: Noted, Message: fmt.Sprint(n)}
						if n == 6 {
							e = Entry{Kind: Healed, State: StateHealed, Message: "6"}
						}
						if err := s.Append(i.ID, e); err != nil {
							errs <- err
							return
						}
						fmt.Println(i.ID, n)
					}
				}
			}()
		}
	}
	return <-errs
}

func startChild(t *testing.T, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, bufio.NewScanner(out)
}

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }
