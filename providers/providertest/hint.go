package providertest

import "strings"

// hint says what Clockwork relies on in a test, by its name: for the author of a
// provider that fails it.
func hint(name string) string {
	parts := strings.Split(name, "/")
	key := parts[0]
	if key == "resource" && len(parts) > 2 {
		key = parts[2]
	}
	for key != "" {
		if text := hints()[key]; text != "" {
			return text
		}
		// recover_create_never is told as recover_create is, and so on.
		if i := strings.LastIndexByte(key, '_'); i >= 0 {
			key = key[:i]
		} else {
			key = ""
		}
	}
	return ""
}

func hints() map[string]string {
	return map[string]string{
		"schema":           "The schema is asked for first, and everything is planned from it. It must be consistent, complete and described.",
		"data":             "A data source returns its configuration with what is computed filled in, the same each time, and an error for what is not there.",
		"assert":           "An assert passes only on what was looked at and found well, and fails only on what was found broken. All else is unknown.",
		"upgrade":          "An object that an older version has stored is brought into the form of today's schema, without looking at the world.",
		"validate":         "Validate refuses what cannot work, at the attribute at fault, before anything is done. It is asked only if the schema says custom validate.",
		"null":             "Any attribute can be null in Validate and Plan. Errors are right, crashes are not.",
		"unknown":          "Any attribute can be unknown in Validate and Plan. What cannot be judged for that is right.",
		"create":           "Apply returns what was planned with the unknown filled in, and Read finds the same: then a second plan has no changes.",
		"update":           "Apply changes the object as planned, and Read finds it so.",
		"drift":            "Read returns what is there now, not what was applied: changes by hand are found by comparing the two.",
		"vanished":         "Read returns null, and no error, for what is gone: then it is created again.",
		"replace":          "What cannot change in place is force new in the schema, or named by Plan. The old object is deleted, then the new one created.",
		"restart":          "A restart begins the object's work anew and changes nothing that a user can set.",
		"delete_gone":      "A delete of what is gone already is a success.",
		"foreign":          "What somebody else has made is neither taken over nor touched: a create in its place is an error.",
		"import":           "Import returns the object that an id names as Read would find it, and null where there is none.",
		"diagnose":         "Diagnose says in a line what is the matter, also of what is gone, and tells no secret.",
		"watch":            "Watch reports a resync when it listens, then each change, and ends with its context.",
		"cancel":           "An interrupted Apply returns soon, and says truly what exists then.",
		"recover":          "After an answer was lost, Recover finds what exists by the intent's mark, and by nothing else.",
		"recover_update":   "After an answer was lost, Recover says what is there now, whether the update came to pass or not.",
		"recover_delete":   "After an answer was lost, Recover returns null if the object is gone, and the object if it is not.",
		"concurrent":       "Many requests are in flight at once. None may disturb another.",
		"create_unplanned": "Apply fills in whatever is unknown, also where Plan was not asked.",
	}
}
