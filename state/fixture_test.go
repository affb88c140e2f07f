package state

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
)

// The files in testdata/v1 are what the first release wrote. They are never
// written anew: whatever comes later has to read them as it did.

// fixtureState is what testdata/v1/state.json holds: every field there is.
func fixtureState() *State {
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

// fixtureIntents are the records of testdata/v1/state.journal.
func fixtureIntents() []Intent {
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
	return []Change{
		{Intent: "intent1", Set: map[ObjectKey]*Object{key("motd"): {Provider: ProviderConfig{Source: "clockwork/file"}, SchemaVersion: 2, Attributes: json.RawMessage(`{"content":"new"}`), Intent: "intent1"}}},
		{Delete: []ObjectKey{{Instance: addr.Resource{Type: "file", Name: "page"}.Instance(addr.IntKey(2))}}, Outputs: map[string]Output{}},
		{Intent: "intent3"},
	}
}

func TestFixtureSnapshot(t *testing.T) {
	data := readAll(t, filepath.Join("testdata", "v1", "state.json"))
	st, err := decode(data, nil)
	must(t, err)
	sameState(t, st, fixtureState())
	var again bytes.Buffer
	must(t, encode(&again, st, &written{Time: testTime(), Operation: "apply", Who: "kay"}, nil))
	equal(t, again.String(), string(data))
}

func TestFixtureEmpty(t *testing.T) {
	data := readAll(t, filepath.Join("testdata", "v1", "empty.json"))
	st, err := Decode(bytes.NewReader(data), nil)
	must(t, err)
	sameState(t, st, emptyState())
	var again bytes.Buffer
	must(t, Encode(&again, st))
	equal(t, again.String(), string(data))
}

func TestFixtureJournal(t *testing.T) {
	dir := fixtureDir(t)
	s := open(t, dir, testOptions())
	want := fixtureState()
	want.Serial++
	for _, c := range fixtureChanges() {
		for _, k := range c.Delete {
			delete(want.Objects, k)
		}
		for k, o := range c.Set {
			want.Objects[k] = o
		}
	}
	want.Outputs = nil
	sameState(t, s.State(), want)
	equal(t, s.Pending(), fixtureIntents()[1:2])
	equal(t, len(s.Warnings()), 0)
}

// fixtureDir is a folder with both fixtures.
func fixtureDir(t testing.TB) string {
	t.Helper()
	dir := newDir(t)
	must(t, os.Mkdir(dir, 0o700))
	for _, name := range []string{snapshotName, journalName} {
		must(t, os.WriteFile(filepath.Join(dir, name), readAll(t, filepath.Join("testdata", "v1", name)), 0o600))
	}
	return dir
}
