package file

import (
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/objects"
)

// accounts finds ids by names, and remembers those it has found.
type accounts struct{ users, groups sync.Map }

// id finds the id of a user ("owner") or group ("group") by its name or id.
func (a *accounts) id(attribute, name string) (int, diagnostics) {
	if n, err := strconv.Atoi(name); err == nil && n >= 0 {
		return n, nil
	}
	known, find := &a.users, func() (string, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return u.Uid, nil
	}
	if attribute == "group" {
		known, find = &a.groups, func() (string, error) {
			g, err := user.LookupGroup(name)
			if err != nil {
				return "", err
			}
			return g.Gid, nil
		}
	}
	if n, ok := known.Load(name); ok {
		return n.(int), nil
	}
	text, err := find()
	n, numErr := strconv.Atoi(text)
	if err != nil || numErr != nil {
		what := map[string]string{"owner": "user", "group": "group"}[attribute]
		return 0, about(attribute, "No such "+what, "There is no %s named %q on this machine. Correct the name, or make the %s first.", what, name, what)
	}
	known.Store(name, n)
	return n, nil
}

// wanted returns the ids that a planned object asks for, -1 where it does not.
func (a *accounts) wanted(object cty.Value) (uid, gid int, ds diagnostics) {
	ids := map[string]int{"owner": -1, "group": -1}
	for attribute := range ids {
		v := object.GetAttr(attribute)
		if v.IsNull() {
			continue
		}
		if !hasModes {
			return 0, 0, about(attribute, "No owners here", "On this system files have no owner that can be set. Remove %q.", attribute)
		}
		id, more := a.id(attribute, v.AsString())
		ids[attribute] = id
		ds = append(ds, more...)
	}
	return ids["owner"], ids["group"], ds
}

// describe reports the mode of what is on disk, and its owner and group as far
// as they were asked for, in the words of before where these say the same.
func (a *accounts) describe(now *objects.Edited, info fs.FileInfo) {
	if !hasModes {
		return
	}
	now.Set("mode", keepMode(now.Get("mode"), fromFileMode(info.Mode())))
	uid, gid, ok := ownerOf(info)
	if !ok {
		return
	}
	a.describeOne(now, "owner", uid)
	a.describeOne(now, "group", gid)
}

func (a *accounts) describeOne(now *objects.Edited, attribute string, id int) {
	was := now.Get(attribute)
	if was.IsNull() {
		return
	}
	if n, ds := a.id(attribute, was.AsString()); ds != nil || n != id {
		now.Set(attribute, cty.StringVal(accountName(attribute, id)))
	}
}

// accountName is the name of a user or group, or else its id.
func accountName(attribute string, id int) string {
	text := strconv.Itoa(id)
	if attribute == "group" {
		if g, err := user.LookupGroupId(text); err == nil {
			return g.Name
		}
	} else if u, err := user.LookupId(text); err == nil {
		return u.Username
	}
	return text
}

// keepOwner gives f the owner and group of the file it replaces, where they are
// not what it has anyway and the system permits it: nobody asked for another.
func keepOwner(f *os.File, replaced fs.FileInfo) {
	if replaced == nil || !replaced.Mode().IsRegular() {
		return
	}
	uid, gid, ok := ownerOf(replaced)
	if ok && (uid != os.Geteuid() || gid != os.Getegid()) {
		_ = f.Chown(uid, gid)
	}
}
