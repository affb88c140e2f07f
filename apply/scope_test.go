package apply_test

import (
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

const pair = `variable "name" {}
variable "value" { default = "v" }
resource "memory_item" "x" {
  name  = var.name
  value = var.value
}
output "id" { value = memory_item.x.id }
output "name" { value = memory_item.x.name }
output "unused" { value = memory_item.x.revision }
`

func TestModules(t *testing.T) {
	m := map[string]string{"m/main.cw.hcl": pair}
	for name, story := range map[string][]chapter{
		"outputs feed siblings": {
			{files: m, main: `
module "a" {
  source = "./m"
  name   = "a"
}
module "b" {
  source = "./m"
  name   = "b"
  value  = module.a.id
}
output "ids" { value = [module.a.id, module.b.name] }`, plan: "create module.a.memory_item.x; create module.b.memory_item.x; create output.ids"},
			{main: `
module "a" {
  source = "./m"
  name   = "a"
}`, plan: "delete module.b.memory_item.x (delete_because_no_module); delete output.ids", then: items(ns, "a")},
			{main: "locals {}\n", plan: "delete module.a.memory_item.x (delete_because_no_module)"},
		},
		"repeated and nested": {
			{files: map[string]string{"m/main.cw.hcl": pair, "n/main.cw.hcl": `
variable "p" {}
module "in" {
  source = "../m"
  count  = 2
  name   = "${var.p}-${count.index}"
}
output "ids" { value = module.in[*].id }`},
				main: `
module "o" {
  source   = "./n"
  for_each = toset(["x", "y"])
  p        = each.key
}
resource "memory_item" "all" {
  name  = "all"
  value = join(",", flatten([for o in module.o : o.ids]))
}`, plan: `create memory_item.all; create module.o["x"].module.in[0].memory_item.x; create module.o["x"].module.in[1].memory_item.x; create module.o["y"].module.in[0].memory_item.x; create module.o["y"].module.in[1].memory_item.x`},
			{main: `
module "o" {
  source   = "./n"
  for_each = toset(["y"])
  p        = each.key
}`, plan: `delete memory_item.all (delete_because_no_resource_config); delete module.o["x"].module.in[0].memory_item.x (delete_because_no_module); delete module.o["x"].module.in[1].memory_item.x (delete_because_no_module)`, then: items(ns, "y-0", "y-1")},
			{files: map[string]string{"n/main.cw.hcl": "variable \"p\" {}\nmodule \"in\" {\n  source = \"../m\"\n  count = 1\n  name = \"${var.p}-${count.index}\"\n}\n"},
				plan: `delete module.o["y"].module.in[1].memory_item.x (delete_because_no_module)`},
			{main: "locals {}\n", plan: `delete module.o["y"].module.in[0].memory_item.x (delete_because_no_module)`},
		},
		"depends_on": {
			{files: map[string]string{"m/main.cw.hcl": pair + "data \"memory_item\" \"d\" { name = \"first\" }\noutput \"d\" { value = data.memory_item.d.value }\n"},
				main: item("first", "1") + `
module "a" {
  source     = "./m"
  name       = "a"
  depends_on = [memory_item.first]
}
resource "memory_item" "last" {
  name       = "last"
  value      = module.a.d
  depends_on = [module.a]
}`, plan: "create memory_item.first; create memory_item.last; create module.a.memory_item.x; read module.a.data.memory_item.d (read_because_dependency_pending)",
				edit: inject(memory.Fault{Op: memory.OpCreate, Name: "first", Times: 1, Message: "no"}), applyErr: "no && 3 of 4 steps were left out",
				then: items(ns)},
			{plan: "-"},
			{main: item("first", "2") + "module \"a\" {\n  source = \"./m\"\n  name = \"a\"\n  depends_on = [memory_item.first]\n}\n",
				plan: "update memory_item.first; delete memory_item.last (delete_because_no_resource_config); read module.a.data.memory_item.d (read_because_dependency_pending)"},
		},
		"errors in a module": {
			{files: map[string]string{"m/main.cw.hcl": pair + "resource \"memory_item\" \"y\" { nmae = \"y\" }\n"}, main: "module \"a\" {\n  source = \"./m\"\n  name = \"a\"\n}\nresource \"memory_item\" \"z\" {\n  name = \"z\"\n  kind = \"plian\"\n}\n",
				planErr: `m/main.cw.hcl:10,30-34 && Did you mean "name"? && main.cw.hcl:7,10-17: Unsupported value && "plain"`},
		},
		"as many as a resource says": {
			{files: m, main: item("n", "2") + "module \"a\" {\n  source = \"./m\"\n  count = memory_item.n.value\n  name = \"a${count.index}\"\n}\n", plan: "create memory_item.n; create module.a[0].memory_item.x; create module.a[1].memory_item.x"},
			{main: item("n", "1") + "module \"a\" {\n  source = \"./m\"\n  count = length(memory_item.n.id)\n  name = \"a${count.index}\"\n}\n", edit: removeItem("n"), planErr: "main.cw.hcl:7,11-35: Invalid count argument && module.a"},
		},
		"inputs from a resource are validated": {
			{files: map[string]string{"m/main.cw.hcl": "variable \"n\" {\n  validation {\n    condition = var.n != \"1\"\n    error_message = \"n is ${var.n}\"\n  }\n}\nresource \"memory_item\" \"x\" { name = \"x-${var.n}\" }\n"},
				main: item("a", "2") + "module \"m\" {\n  source = \"./m\"\n  n = memory_item.a.value\n}\n", plan: "create memory_item.a; create module.m.memory_item.x"},
			{main: item("a", "1") + "module \"m\" {\n  source = \"./m\"\n  n = memory_item.a.value\n}\n", planErr: "n is 1"},
		},
		"validations": {
			{files: map[string]string{"m/main.cw.hcl": "variable \"n\" {\n  validation {\n    condition = var.n > 2\n    error_message = \"n is ${var.n}\"\n  }\n}\n"},
				main: "module \"a\" {\n  source = \"./m\"\n  count = 2\n  n = count.index + 2\n}\n", planErr: "Invalid value for variable && n is 2"},
		},
	} {
		t.Run(name, func(t *testing.T) { tell(t, story) })
	}
}

func TestProviders(t *testing.T) {
	two := "provider \"memory\" { namespace = \"one\" }\nprovider \"memory\" {\n  alias = \"two\"\n  namespace = \"two\"\n}\n"
	in := func(alias string) string {
		return "resource \"memory_item\" \"a\" {\n  provider = " + alias + "\n  name = \"a\"\n  value = \"1\"\n}\n"
	}
	here := func(one, two string) func(*testing.T, *coretest.Project) {
		return func(t *testing.T, p *coretest.Project) {
			items("one", strings.Fields(one)...)(t, p)
			items("two", strings.Fields(two)...)(t, p)
		}
	}
	for name, story := range map[string][]chapter{
		"aliases": {
			{main: two + in("memory") + strings.ReplaceAll(in("memory.two"), "\"a\"", "\"b\""), plan: "-", then: here("a", "b")},
			{main: two, plan: "-", then: here("", "")},
		},
		"another world is a replacement": {
			{main: two + in("memory"), plan: "-", then: here("a", "")},
			{main: two + in("memory.two"), plan: "delete-create memory_item.a (cannot_update)", then: here("", "a")},
		},
		"another world that cannot be cleared": {
			{main: two + in("memory"), plan: "-", then: here("a", "")},
			{main: two + in("memory.two"), edit: inject(memory.Fault{Op: memory.OpDelete, Times: 1, Message: "in use"}), plan: "-", applyErr: "in use", then: here("a", "")},
			{plan: "delete-create memory_item.a (cannot_update)", then: here("", "a")},
		},
		"another name for the same world is none": {
			{main: two + in("memory.two"), plan: "-", then: here("", "a")},
			{main: strings.ReplaceAll(two, `"two"
  namespace`, `"deux"
  namespace`) + in("memory.deux"), plan: "", then: here("", "a")},
		},
		"two names for the same world": {
			{main: two + in("memory.two"), plan: "-", then: here("", "a")},
			{main: two + "provider \"memory\" {\n  alias = \"deux\"\n  namespace = \"two\"\n}\n" + in("memory.deux"), plan: "", then: here("", "a")},
			{main: strings.ReplaceAll(two, `"two"
  namespace`, `"deux"
  namespace`) + in("memory.deux"), plan: "", then: here("", "a")},
		},
		"an orphan without its provider": {
			{main: two + in("memory.two"), plan: "-"},
			{main: "locals {}\n", planErr: "Provider configuration not present && \"two\""},
			{main: two, plan: "-", then: here("", "")},
		},
		"passed to a module": {
			{files: map[string]string{"m/main.cw.hcl": "resource \"memory_item\" \"x\" { name = \"x\" }\nresource \"memory_item\" \"y\" {\n  provider = memory.other\n  name = \"y\"\n}\n"},
				main: two + "module \"m\" {\n  source = \"./m\"\n  providers = {\n    memory = memory.two\n    memory.other = memory\n  }\n}\n", plan: "-", then: here("y", "x")},
			{main: two + "module \"m\" {\n  source = \"./m\"\n  providers = {\n    memory = memory\n    memory.other = memory.two\n  }\n}\n", plan: "delete-create module.m.memory_item.x (cannot_update); delete-create module.m.memory_item.y (cannot_update)", then: here("x", "y")},
		},
		"configured by a variable": {
			{main: "variable \"w\" {}\nprovider \"memory\" { namespace = var.w }\n" + item("a", "1"), vars: []string{"w=one"}, plan: "-", then: here("a", "")},
			{vars: []string{"w=one"}, plan: ""},
		},
		"configured by what is computed": {
			{main: "provider \"memory\" { namespace = \"one\" }\nresource \"memory_item\" \"k\" {\n  name = \"k\"\n}\nprovider \"memory\" {\n  alias = \"w\"\n  namespace = memory_item.k.id\n}\n" + in("memory.w"), plan: "create memory_item.a; create memory_item.k",
				then: func(t *testing.T, p *coretest.Project) {
					k, _ := p.World.Item("one", "k")
					items(k.ID, "a")(t, p)
					items(ns)(t, p)
				}},
			// Its settings become unknown: nothing is looked for in another world.
			{replace: "memory_item.k", unsettled: true, plan: "delete-create memory_item.k (requested)"},
		},
		"a provider's mistakes": {
			{main: "provider \"memory\" { namspace = \"x\" }\n" + item("a", "1"), planErr: "main.cw.hcl:1,21-29: Unsupported argument"},
			{main: "resource \"memory_itme\" \"a\" { name = \"a\" }\n", planErr: "main.cw.hcl:1,10-23: Unsupported resource type && Did you mean \"memory_item\"?"},
			{main: "data \"memory_shelf\" \"a\" { name = \"a\" }\n", planErr: "main.cw.hcl:1,6-20: Unsupported data source"},
		},
	} {
		t.Run(name, func(t *testing.T) { tell(t, story) })
	}
}

func TestData(t *testing.T) {
	put := func(name, value string) func(*testing.T, *coretest.Project) {
		return func(_ *testing.T, p *coretest.Project) {
			p.World.PutItem(ns, memory.Item{Name: name, Value: &value, Kind: "plain", Ready: true})
		}
	}
	for name, story := range map[string][]chapter{
		"read at plan": {
			{main: "data \"memory_item\" \"d\" { name = \"found\" }\noutput \"v\" { value = data.memory_item.d.value }\n", planErr: "main.cw.hcl:1,33-40: No such item"},
			{edit: put("found", "1"), plan: "create output.v"},
			{edit: put("found", "2"), plan: "update output.v"},
			{mode: plan.Destroy, plan: "delete output.v"},
		},
		"deferred": {
			{main: item("a", "1") + "data \"memory_item\" \"d\" {\n  name = memory_item.a.id == \"\" ? \"x\" : \"a\"\n}\nresource \"memory_item\" \"b\" {\n  name = \"b\"\n  value = data.memory_item.d.value\n}\n", plan: "create memory_item.a; create memory_item.b; read data.memory_item.d (read_because_config_unknown)",
				then: func(t *testing.T, p *coretest.Project) {
					if b, _ := p.World.Item(ns, "b"); b.Value == nil || *b.Value != "1" {
						t.Errorf("b is %+v", b)
					}
				}},
			{mode: plan.Destroy, plan: "-", then: items(ns)},
		},
		"deferred, and nothing refers to it": {
			{main: item("a", "1") + "data \"memory_item\" \"d\" {\n  name = \"a\"\n  depends_on = [memory_item.a]\n  lifecycle {\n    postcondition {\n      condition = self.value == \"2\"\n      error_message = \"a holds ${self.value}\"\n    }\n  }\n}\nresource \"memory_item\" \"b\" {\n  name = \"b\"\n  value = data.memory_item.d.id\n}\n", plan: "-", applyErr: "a holds 1 && 1 of 3 steps", then: items(ns, "a")},
			{main: item("a", "1") + "data \"memory_item\" \"d\" {\n  name = \"c\"\n  depends_on = [memory_item.a]\n}\n", planErr: "No such item"},
			{main: item("a", "2") + "data \"memory_item\" \"d\" {\n  name = \"c\"\n  depends_on = [memory_item.a]\n}\n", plan: "-", applyErr: "No such item"},
		},
		"repeated": {
			{edit: put("found", "1"), main: "data \"memory_item\" \"d\" {\n  for_each = toset([\"found\"])\n  name = each.key\n}\ndata \"memory_item\" \"c\" {\n  count = 2\n  name = \"found\"\n}\noutput \"v\" { value = [data.memory_item.d[\"found\"].value, data.memory_item.c[1].value] }\n", plan: "create output.v"},
		},
	} {
		t.Run(name, func(t *testing.T) { tell(t, story) })
	}
}

func TestTargets(t *testing.T) {
	chain := "resource \"memory_shelf\" \"s\" { name = \"s\" }\n" +
		"resource \"memory_item\" \"a\" {\n  count = 2\n  name = \"a${count.index}\"\n  shelf = memory_shelf.s.name\n}\n" +
		"resource \"memory_item\" \"b\" {\n  name = \"b\"\n  value = memory_item.a[1].id\n}\n" + item("c", "1") + "output \"o\" { value = memory_item.b.id }\n"
	all := "create memory_item.a[0]; create memory_item.a[1]; create memory_item.b; create memory_item.c; create memory_shelf.s; create output.o"
	module := "module \"m\" {\n  source = \"./m\"\n  for_each = toset([\"x\", \"y\"])\n  name = each.key\n}\nresource \"memory_item\" \"u\" {\n  name = \"u\"\n  value = module.m[\"y\"].id\n}\n"
	files := map[string]string{"m/main.cw.hcl": pair}
	for name, story := range map[string][]chapter{
		"target": {
			{main: chain, target: "memory_item.c", plan: "create memory_item.c"},
			{target: "memory_item.a[0]", plan: "create memory_item.a[0]; create memory_shelf.s"},
			{target: "memory_item.b", plan: "create memory_item.a[1]; create memory_item.b; create output.o"},
			{plan: ""},
			{edit: setValue("c", "by hand"), target: "memory_item.b", plan: ""},
			{plan: "update memory_item.c"},
			{target: "memory_item.nothing", warn: "Option names nothing", plan: ""},
		},
		"a target needs what another target leaves out": {
			{main: chain, target: "memory_item.a[0] memory_item.b", warn: "Resource left out && memory_item.b", plan: "create memory_item.a[0]; create memory_shelf.s"},
			{plan: "create memory_item.a[1]; create memory_item.b; create memory_item.c; create output.o"},
		},
		"exclude": {
			{main: chain, exclude: "memory_shelf.s", plan: "create memory_item.c"},
			{exclude: "memory_item.b", plan: "create memory_item.a[0]; create memory_item.a[1]; create memory_shelf.s"},
			{plan: "create memory_item.b; create output.o"},
		},
		"exclude an instance": {
			{main: chain, exclude: "memory_item.a[1]", plan: "create memory_item.a[0]; create memory_item.c; create memory_shelf.s"},
			{exclude: "memory_item.a[0]", plan: "create memory_item.a[1]; create memory_item.b; create output.o"},
		},
		"exclude does not make orphans": {
			{main: chain, plan: all},
			{exclude: "memory_item.a[1]", edit: removeItem("a1"), plan: ""},
			{plan: "create memory_item.a[1]; update memory_item.b"},
		},
		"modules": {
			{files: files, main: module, target: `module.m["x"]`, plan: `create module.m["x"].memory_item.x`},
			{target: `module.m`, plan: `create module.m["y"].memory_item.x`},
			{plan: "create memory_item.u"},
			{mode: plan.Destroy, target: `module.m["y"]`, plan: `delete memory_item.u; delete module.m["y"].memory_item.x`, then: items(ns, "x")},
		},
		"exclude a module's instance": {
			{files: files, main: module, exclude: `module.m["y"]`, plan: `create module.m["x"].memory_item.x`},
			{exclude: "module.m", plan: ""},
			{plan: `create memory_item.u; create module.m["y"].memory_item.x`},
		},
		"destroy": {
			{main: chain, plan: all},
			{mode: plan.Destroy, target: "memory_item.a[1]", plan: "delete memory_item.a[1]; delete memory_item.b", then: items(ns, "a0", "c")},
			{mode: plan.Destroy, exclude: "memory_item.a[0]", plan: "delete memory_item.c", then: items(ns, "a0")},
			{mode: plan.Destroy, plan: "delete memory_item.a[0]; delete memory_shelf.s; delete output.o"},
			{plan: all},
			{mode: plan.Destroy, target: "memory_shelf.s", plan: "delete memory_item.a[0]; delete memory_item.a[1]; delete memory_item.b; delete memory_shelf.s", then: items(ns, "c")},
		},
		"orphans": {
			{main: item("a", "1") + item("b", "1"), plan: "-"},
			{main: "locals {}\n", target: "memory_item.a", plan: "delete memory_item.a (delete_because_no_resource_config)", then: items(ns, "b")},
			{exclude: "memory_item.b", plan: ""},
		},
		"replace": {
			{main: chain, plan: all},
			{replace: "memory_item.a[0] memory_item.c", plan: "delete-create memory_item.a[0] (requested); delete-create memory_item.c (requested)"},
			{replace: "memory_item.nothing", warn: "Option names nothing", plan: ""},
		},
		"without refresh": {
			{main: chain, plan: all},
			{edit: removeItem("c"), noRead: true, plan: "", unsettled: true},
			{mode: plan.RefreshOnly, plan: ""},
			{plan: "create memory_item.c"},
		},
		"refresh only": {
			{main: item("a", "1") + item("b", "1") + "output \"o\" { value = memory_item.a.value }\noutput \"p\" { value = 1 }\n", plan: "-"},
			{mode: plan.RefreshOnly, main: item("a", "1") + item("b", "1") + item("c", "1") + "output \"o\" { value = memory_item.a.value }\noutput \"p\" { value = 2 }\n", edit: setValue("a", "by hand"), plan: "update output.o; update output.p", then: items(ns, "a", "b")},
		},
	} {
		t.Run(name, func(t *testing.T) { tell(t, story) })
	}
}
