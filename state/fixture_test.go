package state

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
)

// The files in testdata/v1 and so on are what a Clockwork wrote whose format had
// that version. They are never written anew: whatever comes later has to read
// them as it did.

// now is the folder with the files of this version.
func now() string { return fmt.Sprintf("v%d", FormatVersion) }

// fixtureState is what state.json of this version holds: every field there is.
func fixtureState() *State {
	st := fixtureStateV1()
	motd := *st.Objects[key("motd")]
	motd.Overlay, motd.Completed = fixtureOverlay(), fixtureCompleted()
	st.Objects[key("motd")] = &motd
	return st
}

func fixtureOverlay() []Overlay {
	return []Overlay{
		{Path: `labels["a \"b\" é"]`, Value: json.RawMessage(`null`), Over: json.RawMessage(`"${x} <b>"`),
			Origin: Origin{Model: "gpt-x", Time: testTime(), Incident: "20260102-0304-k3f9", Cause: "it was \"full\""}},
		{Path: "mode", Value: json.RawMessage(`{"a":[1.50,null]}`), Over: json.RawMessage(`null`), Origin: Origin{Model: "local/model:7b", Time: testTime()}},
	}
}

func fixtureCompleted() *Completed {
	return &Completed{Values: map[string]json.RawMessage{"content": json.RawMessage(`"Grüße"`), "size": json.RawMessage(`1.50`)},
		Inputs: "sha256:ab", Origin: Origin{Model: "gpt-x", Time: testTime()}}
}

// fixtureStateV1 is what testdata/v1/state.json holds.
func fixtureStateV1() *State {
	resource := func(module addr.Module, mode addr.Mode, typ, name string, k addr.Key, deposed string) ObjectKey {
		return ObjectKey{addr.Resource{Module: module, Mode: mode, Type: typ, Name: name}.Instance(k), deposed}
	}
	file := ProviderConfig{Source: "clockwork/file"}
	web := addr.Root.Child("web", addr.StringKey(`a "b" ${c}`)).Child("db", addr.IntKey(0))
	st := emptyState()
	st.Lineage, st.Serial, st.ClockworkVersion = "5f0c1d9e-3b1c-4d58-9a36-3f1a2b4c5d6e", 12, "0.1.0"
	st.Objects = map[ObjectKey]*Object{
		resource("", addr.Managed, "file", "motd", addr.NoKey, ""): {
			Provider: file, SchemaVersion: 2, Attributes: json.RawMessage(`{"content":"Grüße & <b>\u0000\n","size":1.50,"n":12345678901234567890}`),
			Sensitive: []json.RawMessage{json.RawMessage(`["content"]`), json.RawMessage(`["list",0,"x"]`)}, Private: []byte("\x00\xffprivate"),
			DependsOn: []string{"data.file.source", "file.page"}, Description: "What users see first.", Intent: "k3jq2m7d5c4x6v8b9n0z",
		},
		resource("", addr.Managed, "file", "page", addr.IntKey(2), ""):             {Provider: file, Attributes: json.RawMessage(`{"content":"2"}`), Tainted: true},
		resource("", addr.Managed, "file", "page", addr.IntKey(10), ""):            {Provider: file, Attributes: json.RawMessage(`{"content":"10"}`), PreventDestroy: true},
		resource("", addr.Managed, "file", "page", addr.IntKey(10), "0a1b2c3d"):    {Provider: file, Attributes: json.RawMessage(`{"content":"old"}`), CreateBeforeDestroy: true},
		resource("", addr.Managed, "file", "page", addr.StringKey("10"), ""):       {Provider: file, Attributes: json.RawMessage(`{}`)},
		resource("", addr.Data, "file", "source", addr.NoKey, ""):                  {Provider: file, Attributes: json.RawMessage(`{"content":"read"}`)},
		resource(web, addr.Managed, "acme_thing", "x", addr.StringKey(" é\t"), ""): {Provider: ProviderConfig{Source: "example.com/acme/acme", Alias: "west", Module: web}},
	}
	st.Outputs = map[string]Output{
		"url":    {Value: json.RawMessage(`"http://localhost"`), Type: json.RawMessage(`"string"`)},
		"secret": {Value: json.RawMessage(`{"a":[1,null]}`), Type: json.RawMessage(`["object",{"a":["tuple",["number","dynamic"]]}]`), Sensitive: true},
	}
	return st
}

// fixtureIntents are the intents of state.journal of this version.
func fixtureIntents() []Intent {
	all := fixtureIntentsV1()
	all[0].Object.Overlay = fixtureOverlay()
	all[1].Object.Overlay, all[1].Object.Completed = fixtureOverlay(), fixtureCompleted()
	return all
}

func fixtureIntentsV1() []Intent {
	web := addr.Root.Child("web", addr.StringKey("a"))
	return []Intent{
		{ID: "intent1", Key: key("motd"), Action: "update", Provider: ProviderConfig{Source: "clockwork/file"}, Planned: json.RawMessage(`{"content":"new"}`),
			Object: Object{Provider: ProviderConfig{Source: "clockwork/file"}, SchemaVersion: 2, DependsOn: []string{"file.page"}}, Time: testTime()},
		{ID: "intent2", Key: ObjectKey{addr.Resource{Module: web, Type: "file", Name: "page"}.Instance(addr.IntKey(2)), "0a1b2c3d"}, Action: "delete",
			Provider: ProviderConfig{Source: "clockwork/file", Alias: "west", Module: web}, Time: testTime().Add(time.Second)},
		{ID: "intent3", Key: key("page"), Action: "create", Provider: ProviderConfig{Source: "clockwork/file"}, Planned: json.RawMessage(`{"content":null}`), Time: testTime()},
	}
}

func fixtureChanges() []Change {
	all := fixtureChangesV1()
	all[0].Set[key("motd")].Overlay, all[0].Set[key("motd")].Completed = fixtureOverlay()[:1], fixtureCompleted()
	return all
}

func fixtureChangesV1() []Change {
	return []Change{
		{Intent: "intent1", Set: map[ObjectKey]*Object{key("motd"): {Provider: ProviderConfig{Source: "clockwork/file"}, SchemaVersion: 2, Attributes: json.RawMessage(`{"content":"new"}`), Intent: "intent1"}}},
		{Delete: []ObjectKey{{Instance: addr.Resource{Type: "file", Name: "page"}.Instance(addr.IntKey(2))}}, Outputs: map[string]Output{}},
		{Intent: "intent3"},
	}
}

func TestFixtureSnapshot(t *testing.T) {
	data := readAll(t, filepath.Join("testdata", now(), snapshotName))
	st, err := decode(data, nil)
	must(t, err)
	sameState(t, st, fixtureState())
	var again bytes.Buffer
	must(t, encode(&again, st, &written{Time: testTime(), Operation: "apply", Who: "kay"}, nil))
	equal(t, again.String(), string(data))
}

func TestFixtureEmpty(t *testing.T) {
	for version := 1; version <= FormatVersion; version++ {
		data := readAll(t, filepath.Join("testdata", fmt.Sprintf("v%d", version), "empty.json"))
		st, err := Decode(bytes.NewReader(data), nil)
		must(t, err)
		sameState(t, st, emptyState())
		var again bytes.Buffer
		must(t, Encode(&again, st))
		equal(t, again.String() == string(data), version == FormatVersion)
	}
}

func TestFixtureJournal(t *testing.T) {
	s := open(t, fixtureDir(t, now()), testOptions())
	sameState(t, s.State(), changed(fixtureState(), fixtureChanges()))
	equal(t, s.Pending(), fixtureIntents()[1:2])
	equal(t, len(s.Warnings()), 0)
}

// TestEarlierVersion: what an earlier Clockwork left behind is read, and becomes
// what this one writes as soon as there is something to write.
func TestEarlierVersion(t *testing.T) {
	dir := fixtureDir(t, "v1")
	before := tree(t, dir)
	s := open(t, dir, testOptions())
	sameState(t, s.State(), changed(fixtureStateV1(), fixtureChangesV1()))
	equal(t, s.Pending(), fixtureIntentsV1()[1:2])
	equal(t, tree(t, dir), before) // who only looks leaves it as it is

	must(t, s.Lock(t.Context(), "apply", 0))
	laid := object("laid")
	laid.Overlay = fixtureOverlay()
	must(t, s.Commit(Change{Set: map[ObjectKey]*Object{key("laid"): laid}}))
	for _, name := range []string{snapshotName, journalName} {
		if data := readAll(t, filepath.Join(dir, name)); !bytes.Contains(data, fmt.Appendf(nil, `"version":%d`, FormatVersion)) {
			t.Errorf("%s has another version:\n%.200s", name, data)
		}
	}
	must(t, s.Close())
	again := open(t, dir, testOptions())
	equal(t, again.State().Objects[key("laid")], laid)
	equal(t, again.Pending(), fixtureIntentsV1()[1:2])
}

// TestEarlierIntents: nothing is appended to a journal of an earlier version, also
// where it holds nothing but what is still under way.
func TestEarlierIntents(t *testing.T) {
	dir := fixtureDir(t, "v1")
	lines := bytes.SplitAfter(readAll(t, filepath.Join(dir, journalName)), []byte("\n"))
	_, intent, _ := parseFrame(lines[2])
	must(t, os.WriteFile(filepath.Join(dir, journalName), appendFrame(lines[0], 1, intent), 0o600))
	s := locked(t, dir, testOptions())
	equal(t, s.Pending(), fixtureIntentsV1()[1:2])
	if data := readAll(t, filepath.Join(dir, journalName)); !bytes.Contains(data, fmt.Appendf(nil, `"version":%d`, FormatVersion)) {
		t.Errorf("the journal has another version:\n%.200s", data)
	}
}

// changed is a state as the changes leave it, without outputs.
func changed(st *State, changes []Change) *State {
	st.Serial++
	for _, c := range changes {
		for _, k := range c.Delete {
			delete(st.Objects, k)
		}
		for k, o := range c.Set {
			st.Objects[k] = o
		}
	}
	st.Outputs = nil
	return st
}

// fixtureDir is a folder with both fixtures of a version.
func fixtureDir(t testing.TB, version string) string {
	t.Helper()
	dir := newDir(t)
	must(t, os.Mkdir(dir, 0o700))
	for _, name := range []string{snapshotName, journalName} {
		must(t, os.WriteFile(filepath.Join(dir, name), readAll(t, filepath.Join("testdata", version, name)), 0o600))
	}
	return dir
}
