package views

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
)

// TestPlanDiffs pins how every kind of difference of one object is shown.
func TestPlanDiffs(t *testing.T) {
	const (
		create  = plan.Create
		update  = plan.Update
		replace = plan.DeleteThenCreate
		destroy = plan.Delete
	)
	for _, c := range []struct {
		name          string
		action        plan.Action
		before, after string
		force         []cty.Path
	}{
		// Scalars.
		{"create", create, ``, `{path="a", content="hello", id=unknown, size=unknown, enabled=true, numbers=[1, 2.5]}`, nil},
		{"update", update, `{path="a", content="hello", mode="0644", owner="root"}`, `{path="a", content="world", mode="0644", owner="root"}`, nil},
		{"update_many", update, `{path="a", content="1", enabled=true, size=1}`, `{path="a", content="2", enabled=false, size=1000000}`, nil},
		{"destroy", destroy, `{path="a", content="hello", id="x1", size=5, list=["a"], env={A="1"}}`, ``, nil},
		{"replace", replace, `{path="a", content="hello", id="x1"}`, `{path="b", content="hello", id=unknown}`, []cty.Path{cty.GetAttrPath("path")}},
		{"unknown", update, `{path="a", content="x", size=1}`, `{path="a", content=unknown, size=unknown}`, nil},
		{"unknown_from_null", update, `{path="a"}`, `{path="a", content=unknown}`, nil},
		{"null_to_value", update, `{path="a"}`, `{path="a", content="x"}`, nil},
		{"value_to_null", update, `{path="a", content="x", list=["a", "b"], env={A="1"}, enabled=true}`, `{path="a"}`, nil},
		{"numbers", update, `{path="a", numbers=[0, 1.5, 1e3, 12345678901234567890, 0.000001]}`, `{path="a", numbers=[-1, 1.5, 1e300, 12345678901234567891, 1e-9]}`, nil},
		{"empty_string", update, `{path="a", content="", mode="x"}`, `{path="a", content="x", mode=""}`, nil},
		{"quotes", update, `{path="a", content="say \"hi\" \\ $${x} %%{if}"}`, `{path="a", content="it's"}`, nil},
		{"whitespace", update, `{path="a", content="a b"}`, `{path="a", content="a  b "}`, nil},
		{"unicode", update, `{path="日本/ファイル", content="naïve café"}`, `{path="日本/ファイル", content="👩‍🚀 emoji e\u0301"}`, nil},
		{"control", update, `{path="a\u001b[31m", content="bell\u0007 \u001b]0;title\u0007 csi\u009b31m"}`, `{path="a\u001b[31m", content="bidi \u202e zero\u200bwidth nbsp\u00a0 tab\t cr\r del\u007f"}`, nil},
		{"invisible", update, `{path="a", content="admin"}`, `{path="a", content="ad\u200cmin"}`, nil},

		// Texts.
		{"text_create", create, ``, `{path="a", content="one\ntwo\n\n\tthree\n"}`, nil},
		{"text_destroy", destroy, `{path="a", content="one\ntwo\n"}`, ``, nil},
		{"text_update", update, `{path="a", content="one\ntwo\nthree\nfour\n"}`, `{path="a", content="one\ntwo and a half\nthree\nfour\nfive\n"}`, nil},
		{"text_folded", update, `{path="a", content="1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n"}`,
			`{path="a", content="1\n2\n3\n4\n5\n6\nVII\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\nXIX\n20\n"}`, nil},
		{"text_to_line", update, `{path="a", content="one\ntwo\n"}`, `{path="a", content="one"}`, nil},
		{"text_newline_added", update, `{path="a", content="one\ntwo"}`, `{path="a", content="one\ntwo\n"}`, nil},
		{"text_newline_removed", update, `{path="a", content="one\ntwo\n"}`, `{path="a", content="one\ntwo"}`, nil},
		{"text_trailing_space", update, `{path="a", content="one\ntwo\nthree\n"}`, `{path="a", content="one  \ntwo\t\nthree\n"}`, nil},
		{"text_indent", update, `{path="a", content="if x:\n    y\n"}`, `{path="a", content="if x:\n\ty\n"}`, nil},
		{"text_crlf", update, `{path="a", content="one\ntwo\n"}`, `{path="a", content="one\r\ntwo\n"}`, nil},
		{"text_control", update, `{path="a", content="one\n\u001b[2Jtwo\n"}`, `{path="a", content="one\n\u001b[2J\u0008three\n"}`, nil},
		{"text_blank_lines", update, `{path="a", content="one\n\n\ntwo\n"}`, `{path="a", content="one\n\ntwo\n\n"}`, nil},
		{"text_marker", update, `{path="a", content="one\nEOT\n"}`, `{path="a", content="one\nEOT_\n  EOT\n"}`, nil},
		{"text_unknown", update, `{path="a", content="one\ntwo\n"}`, `{path="a", content=unknown}`, nil},
		{"text_all_new", update, `{path="a", content="one\ntwo\n"}`, `{path="a", content="three\nfour\n"}`, nil},
		{"text_like_mark", update, `{path="a", content="# (2 unchanged lines hidden)\n+ plus\n"}`, `{path="a", content="# (2 unchanged lines hidden)\n- minus\n"}`, nil},

		// Lists.
		{"list_create", create, ``, `{path="a", list=["a", "b"], numbers=[]}`, nil},
		{"list_insert", update, `{path="a", list=["a", "b", "c", "d"]}`, `{path="a", list=["a", "b", "new", "c", "d"]}`, nil},
		{"list_remove", update, `{path="a", list=["a", "b", "c", "d"]}`, `{path="a", list=["a", "c", "d"]}`, nil},
		{"list_change", update, `{path="a", list=["a", "b", "c", "d", "e", "f"]}`, `{path="a", list=["a", "b", "x", "d", "e", "f"]}`, nil},
		{"list_ends", update, `{path="a", list=["a", "b", "c", "d", "e"]}`, `{path="a", list=["b", "c", "d", "e", "f"]}`, nil},
		{"list_reorder", update, `{path="a", list=["a", "b", "c"]}`, `{path="a", list=["c", "a", "b"]}`, nil},
		{"list_from_empty", update, `{path="a", list=[]}`, `{path="a", list=["a"]}`, nil},
		{"list_to_empty", update, `{path="a", list=["a", "b"]}`, `{path="a", list=[]}`, nil},
		{"list_null_to_empty", update, `{path="a"}`, `{path="a", list=[]}`, nil},
		{"list_null_element", update, `{path="a", list=["a", null]}`, `{path="a", list=["a", "b", null]}`, nil},
		{"list_unknown_element", update, `{path="a", list=["a", "b"]}`, `{path="a", list=["a", unknown, unknown]}`, nil},
		{"list_unknown", update, `{path="a", list=["a", "b"]}`, `{path="a", list=unknown}`, nil},
		{"list_duplicates", update, `{path="a", list=["a", "a", "a"]}`, `{path="a", list=["a", "a"]}`, nil},
		{"list_texts", update, `{path="a", list=["one\ntwo\n", "x"]}`, `{path="a", list=["one\nthree\n", "x"]}`, nil},
		{"list_of_lists", update, `{path="a", matrix=[[1, 2], [3, 4], [5]]}`, `{path="a", matrix=[[1, 2], [3, 5], [5]]}`, nil},
		{"list_of_objects", update, `{path="a", ports=[{host=80, container=80}, {host=81, container=81, protocol="tcp"}]}`,
			`{path="a", ports=[{host=80, container=80}, {host=91, container=81, protocol="tcp"}, {host=92, container=82}]}`, nil},
		{"list_force_element", replace, `{path="a", list=["a", "b", "c"]}`, `{path="a", list=["a", "x", "c"]}`,
			[]cty.Path{cty.GetAttrPath("list").IndexInt(1)}},
		{"list_force", replace, `{path="a", list=["a", "b", "c"]}`, `{path="a", list=["a", "x", "c"]}`, []cty.Path{cty.GetAttrPath("list")}},
		{"list_force_new", replace, `{path="a"}`, `{path="a", list=["a"]}`, []cty.Path{cty.GetAttrPath("list").IndexInt(0)}},

		// Sets.
		{"set_create", create, ``, `{path="a", set=["b", "a"]}`, nil},
		{"set_update", update, `{path="a", set=["a", "b", "c"]}`, `{path="a", set=["b", "c", "d"]}`, nil},
		{"set_unknown_element", update, `{path="a", set=["a", "b"]}`, `{path="a", set=["a", unknown]}`, nil},
		{"set_of_objects", update, `{path="a", portset=[{host=80, container=80}, {host=81, container=81}]}`,
			`{path="a", portset=[{host=80, container=80}, {host=81, container=82}]}`, nil},
		{"set_force", replace, `{path="a", set=["a"]}`, `{path="a", set=["b"]}`,
			[]cty.Path{cty.GetAttrPath("set").Index(cty.StringVal("b"))}},

		// Maps and objects.
		{"map_create", create, ``, `{path="a", env={B="2", A="1", "long key"="3"}}`, nil},
		{"map_update", update, `{path="a", env={A="1", B="2", C="3", D="4"}}`, `{path="a", env={A="1", B="x", D="4", E="5"}}`, nil},
		{"map_null_element", update, `{path="a", env={A="1", B="2"}}`, `{path="a", env={A=null, C=null, B="2"}}`, nil},
		{"map_unknown_element", update, `{path="a", env={A="1"}}`, `{path="a", env={A=unknown, B=unknown}}`, nil},
		{"map_to_empty", update, `{path="a", env={A="1"}}`, `{path="a", env={}}`, nil},
		{"map_wide_keys", update, `{path="a", env={"日本"="1", "e\u0301"="2", "\u001b"="3"}}`, `{path="a", env={"日本"="2", "e\u0301"="3", "\u001b"="4"}}`, nil},
		{"map_force_element", replace, `{path="a", env={A="1", B="1"}}`, `{path="a", env={A="1", B="2"}}`,
			[]cty.Path{cty.GetAttrPath("env").IndexString("B")}},
		{"object_update", update, `{path="a", limits={cpu=1, memory="1g"}}`, `{path="a", limits={cpu=2, memory="1g"}}`, nil},
		{"object_null_attr", update, `{path="a", limits={cpu=1, memory="1g"}}`, `{path="a", limits={cpu=1}}`, nil},
		{"object_from_null", update, `{path="a"}`, `{path="a", limits={cpu=1}}`, nil},

		// Attributes of any type.
		{"any_create", create, ``, `{path="a", any={b=[1, "x", null, {}], a={"x y"=true}, none=null, m=map({k="v"})}}`, nil},
		{"any_update", update, `{path="a", any={a={b={c=1, d=2}, e=1}, keep="x"}}`, `{path="a", any={a={b={c=1, d=3}, e=1}, keep="x", n=null}}`, nil},
		{"any_type_change", update, `{path="a", any="x"}`, `{path="a", any=["x", 1]}`, nil},
		{"any_number_to_string", update, `{path="a", any=1}`, `{path="a", any="1"}`, nil},
		{"any_object_to_list", update, `{path="a", any={a=1}}`, `{path="a", any=[{a=1}]}`, nil},
		{"any_tuple_to_list", update, `{path="a", any=["a", "b"]}`, `{path="a", any=list(["a", "c"])}`, nil},
		{"any_map_to_object", update, `{path="a", any=map({a="1"})}`, `{path="a", any={a="2"}}`, nil},
		{"any_null_attr", update, `{path="a", any={a=null, b=1}}`, `{path="a", any={a=1, b=null}}`, nil},
		{"any_deep_force", replace, `{path="a", any={a={b=1}}}`, `{path="a", any={a={b=2}}}`, []cty.Path{cty.GetAttrPath("any").GetAttr("a").GetAttr("b")}},
		{"any_mixed_elements", update, `{path="a", any=["a", 1, {x=1}]}`, `{path="a", any=[{x=1}, ["a"], 2]}`, nil},

		// JSON in strings.
		{"json_create", create, ``, `{path="a", content="{\"b\":[1,2,{\"c\":null}],\"a\":\"x\"}"}`, nil},
		{"json_update", update, `{path="a", content="{\"a\":1,\"b\":[1,2,3],\"c\":{\"d\":1}}"}`, `{path="a", content="{\"a\":2,\"b\":[1,3],\"c\":{\"d\":1},\"e\":null}"}`, nil},
		{"json_array", update, `{path="a", content="[1,2]"}`, `{path="a", content="[1,2,3]"}`, nil},
		{"json_empty", update, `{path="a", content="{}"}`, `{path="a", content="[]"}`, nil},
		{"json_formatting", update, `{path="a", content="{\"a\":1}"}`, `{path="a", content="{ \"a\": 1 }\n"}`, nil},
		{"json_to_text", update, `{path="a", content="{\"a\":1}"}`, `{path="a", content="{\"a\":1"}`, nil},
		{"json_kind", update, `{path="a", content="{\"a\":1}"}`, `{path="a", content="[{\"a\":1}]"}`, nil},
		{"json_destroy", destroy, `{path="a", content="{\"a\":{\"b\":1}}"}`, ``, nil},
		{"json_text_inside", update, `{path="a", content="{\"a\":\"one\\ntwo\\n\"}"}`, `{path="a", content="{\"a\":\"one\\nthree\\n\"}"}`, nil},
		{"json_control", update, `{path="a", content="{\"\\u001b[2J\":\"\\u001b\"}"}`, `{path="a", content="{\"\\u001b[2J\":\"\\u009b\"}"}`, nil},
		{"json_unknown", update, `{path="a", content="{\"a\":1}"}`, `{path="a", content=unknown}`, nil},
		{"json_force", replace, `{path="a", content="{\"a\":1}"}`, `{path="a", content="{\"a\":2}"}`, []cty.Path{cty.GetAttrPath("content")}},

		{"json_empty_force", replace, `{path="a", content="{}"}`, `{path="a"}`, []cty.Path{cty.GetAttrPath("content")}},

		// Nested attributes and blocks.
		{"nested_create", create, ``, `{path="a", one={port=1}, several=[{port=1, name="x"}, {port=2}], by_name={x={port=1}}}`, nil},
		{"nested_update", update, `{path="a", one={port=1, note="n"}, several=[{name="x", port=1, note="same"}, {name="y", port=2}], by_name={x={port=1}, y={port=1}}}`,
			`{path="a", one={port=2, note="n"}, several=[{name="x", port=9, note="same"}], by_name={x={port=2}, z={port=1}}}`, nil},
		{"nested_sensitive", update, `{path="a", one={port=1, key="k1"}, several=[{key="k2"}]}`, `{path="a", one={port=1, key="k3"}, several=[{key="k4"}, {key="k5"}]}`, nil},
		{"nested_force", replace, `{path="a", one={port=1}}`, `{path="a", one={port=2}}`, []cty.Path{cty.GetAttrPath("one").GetAttr("port")}},
		{"blocks_create", create, ``, `{path="a", health={port=1}, rule=[{port=1}, {}], label={"a b"={note="x"}}, mount=[{name="m"}]}`, nil},
		{"blocks_update", update, `{path="a", health={port=1}, rule=[{name="x", port=1}, {name="y", port=2}, {name="z"}], label={a={note="x"}, b={note="y"}}, mount=[{name="m"}, {name="n"}]}`,
			`{path="a", health={port=2}, rule=[{name="x", port=1}, {name="y", port=3}], label={a={note="x"}, c={note="y"}}, mount=[{name="n"}, {name="o"}]}`, nil},
		{"blocks_added_removed", update, `{path="a", health={port=1}}`, `{path="a", rule=[{port=1}]}`, nil},
		{"blocks_destroy", destroy, `{path="a", health={port=1}, rule=[{port=1}]}`, ``, nil},
		{"blocks_unknown", update, `{path="a", rule=[{port=1}]}`, `{path="a", rule=unknown, health=unknown, mount=[{name=unknown}]}`, nil},
		{"blocks_sensitive", update, `{path="a", rule=[{port=1, key="k1"}], password=[{name="p1"}]}`, `{path="a", rule=[{port=1, key="k2"}], password=[{name="p2"}, {}], health=sensitive({port=1})}`, nil},
		{"blocks_marked", update, `{path="a", rule=[{port=1}, {port=2}]}`, `{path="a", rule=[{port=1}, sensitive({port=3})]}`, nil},
		{"blocks_force", replace, `{path="a", rule=[{port=1}, {port=1}], mount=[{name="m"}], health={port=1}}`, `{path="a", rule=[{port=1}, {port=2}], mount=[{name="n"}], health={port=2}}`,
			[]cty.Path{cty.GetAttrPath("rule").IndexInt(1).GetAttr("port"), cty.GetAttrPath("mount"), cty.GetAttrPath("health")}},
		{"blocks_unchanged", update, `{path="a", content="x", rule=[{port=1}, {port=2}], health={port=1}}`, `{path="a", content="y", rule=[{port=1}, {port=2}], health={port=1}}`, nil},

		// Secrets.
		{"sensitive_schema", update, `{path="a", secret="k1", secrets=["k2"]}`, `{path="a", secret="k3", secrets=["k4", "k5"]}`, nil},
		{"sensitive_create", create, ``, `{path="a", secret="k1", secrets=["k2", "k3"], content=sensitive("k4"), env={A=sensitive("k5"), B="open"}}`, nil},
		{"sensitive_destroy", destroy, `{path="a", secret="k1", content=sensitive("k2")}`, ``, nil},
		{"sensitive_marked", update, `{path="a", content=sensitive("k1\nk1\n"), list=["a", sensitive("k2")], env=sensitive({A="k3"})}`,
			`{path="a", content=sensitive("k4\nk4\nk4\n"), list=["b", sensitive("k5")], env=sensitive({A="k6", B="k7"})}`, nil},
		{"sensitive_appears", update, `{path="a", content="k1", mode=sensitive("k2")}`, `{path="a", content=sensitive("k3"), mode="k4"}`, nil},
		{"sensitive_only_mark", update, `{path="a", content="k1", mode="x"}`, `{path="a", content=sensitive("k1"), mode="y"}`, nil},
		{"sensitive_unknown", update, `{path="a", secret="k1"}`, `{path="a", secret=unknown, content=sensitive(unknown)}`, nil},
		{"sensitive_from_null", update, `{path="a"}`, `{path="a", secret="k1"}`, nil},
		{"sensitive_to_null", update, `{path="a", secret="k1"}`, `{path="a"}`, nil},
		{"sensitive_force", replace, `{path="a", secret="k1", secrets=["k2"]}`, `{path="a", secret="k3", secrets=["k4"]}`,
			[]cty.Path{cty.GetAttrPath("secret"), cty.GetAttrPath("secrets").IndexInt(0)}},
		{"sensitive_any", update, `{path="a", any={a=sensitive({b="k1"}), c=1}}`, `{path="a", any={a=sensitive({b="k2", d="k3"}), c=1}}`, nil},
		{"sensitive_element_count", update, `{path="a", list=[sensitive("k1"), "b"]}`, `{path="a", list=[sensitive("k2"), sensitive("k3"), "b"]}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			ch := change(t, "thing.it", c.action, c.before, c.after)
			ch.Replace = c.force
			if c.action == replace {
				ch.Reason = plan.ReasonCannotUpdate
			}
			out := planText(t, &plan.Plan{Changes: []plan.Change{ch}}, plain)
			golden(t, "plan/"+c.name, out)
		})
	}
}
