package archtest

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"sort"
	"strings"
	"testing"
)

// knownVariables are the package-level variables that the test below cannot
// prove to be read-only, by "package.name", each with the reason why it is no
// hidden state.
func knownVariables() map[string]string {
	return map[string]string{
		"internal/failpoint.passed":     "counts passings; only in the binary of the crash tests",
		"plugins/convert.dynamic":       "a codec never changes once it is made",
		"providers.reservedInProvider":  "a list of names, given to a function that searches it",
		"providers.reservedInResources": "a list of names, given to a function that searches it",
		"providers.reservedInData":      "a list of names, given to a function that searches it",
		"providers.reservedInAsserts":   "a list of names, given to a function that searches it",
	}
}

// readOnlyTypes are types whose values nobody can change, though they hold
// pointers, or whose users never change them.
func readOnlyTypes() []string {
	return []string{
		"error",
		"embed.FS",
		"time.Time",
		"*regexp.Regexp",
		"math/big.Int", // only by value; a pointer to one is not in this list
		"github.com/zclconf/go-cty/cty.Type",
		"github.com/zclconf/go-cty/cty.Value",
		"github.com/zclconf/go-cty/cty/function.Function",
		"*github.com/hashicorp/hcl/v2.BodySchema",
	}
}

// TestNoMutablePackageVariables holds the rule "no package-level mutable state":
// a variable of a package is either of a type that cannot change and is never
// assigned to, or an unexported table that is only looked up in, or it is in
// knownVariables.
func TestNoMutablePackageVariables(t *testing.T) {
	known := knownVariables()
	tree := checkTree(t)
	needed := map[string]bool{}
	for _, problem := range append(mutableVariables(tree), variablesOutsideTheBuild(t, tree)...) {
		needed[problem.variable] = true
		if known[problem.variable] == "" {
			t.Errorf("%s: %s %s; make it a local, a field or a function, or give a reason in knownVariables",
				problem.where, problem.variable, problem.what)
		}
	}
	for name := range known {
		if !needed[name] {
			t.Errorf("knownVariables names %s, which needs no reason: take it out", name)
		}
	}
}

type variableProblem struct {
	variable string // "package.name"
	where    token.Position
	what     string
}

func mutableVariables(tree []checked) []variableProblem {
	var problems []variableProblem
	tables := map[*types.Var]bool{} // those that must only be looked up in
	report := func(c checked, v *types.Var, at token.Pos, what string) {
		pkgPath := strings.TrimPrefix(strings.TrimPrefix(v.Pkg().Path(), modulePath), "/")
		problems = append(problems, variableProblem{pkgPath + "." + v.Name(), c.fset.Position(at), what})
	}
	for _, c := range tree {
		for _, name := range c.types.Scope().Names() {
			v, ok := c.types.Scope().Lookup(name).(*types.Var)
			if !ok || generatedAt(c, v.Pos()) {
				continue
			}
			switch {
			case constant(v.Type()):
			case table(v.Type()) && !v.Exported():
				tables[v] = true
			default:
				report(c, v, v.Pos(), fmt.Sprintf("is of type %s, which can be changed", v.Type()))
			}
		}
	}
	for _, c := range tree {
		for _, syntax := range c.files {
			if ast.IsGenerated(syntax) {
				continue
			}
			uses(c, syntax, func(v *types.Var, ident *ast.Ident, parents []ast.Node) {
				what := usage(c, ident, parents)
				if what == "" && tables[v] {
					what = tableUsage(c, ident, parents)
				}
				if what != "" {
					report(c, v, ident.Pos(), what)
				}
			})
		}
	}
	sort.Slice(problems, func(i, j int) bool { return problems[i].where.String() < problems[j].where.String() })
	return problems
}

func generatedAt(c checked, at token.Pos) bool {
	for _, syntax := range c.files {
		if syntax.FileStart <= at && at < syntax.FileEnd {
			return ast.IsGenerated(syntax)
		}
	}
	return false
}

// constant tells whether a value of the type can only be changed by assigning
// to the variable or to a part of it.
func constant(t types.Type) bool {
	if slices.Contains(readOnlyTypes(), types.TypeString(t, nil)) {
		return true
	}
	if synchronises(t) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic, *types.Signature:
		return true
	case *types.Array:
		return constant(u.Elem())
	case *types.Struct:
		for i := range u.NumFields() {
			if !constant(u.Field(i).Type()) {
				return false
			}
		}
		return true
	}
	return false
}

// synchronises tells whether the type is one of sync or sync/atomic, which are
// there to be changed.
func synchronises(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	from := named.Obj().Pkg().Path()
	return from == "sync" || from == "sync/atomic"
}

// table tells whether the type is a map or slice of constants.
func table(t types.Type) bool {
	if synchronises(t) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Map:
		return constant(u.Key()) && (constant(u.Elem()) || table(u.Elem()))
	case *types.Slice:
		return constant(u.Elem()) || table(u.Elem())
	case *types.Array:
		return table(u.Elem())
	case *types.Struct:
		for i := range u.NumFields() {
			if !constant(u.Field(i).Type()) && !table(u.Field(i).Type()) {
				return false
			}
		}
		return true
	}
	return false
}

// uses calls visit for every mention of a package-level variable of ours, with
// the nodes around it, the innermost last.
func uses(c checked, syntax *ast.File, visit func(*types.Var, *ast.Ident, []ast.Node)) {
	var parents []ast.Node
	ast.Inspect(syntax, func(n ast.Node) bool {
		if n == nil {
			parents = parents[:len(parents)-1]
			return true
		}
		if ident, ok := n.(*ast.Ident); ok {
			v, isVar := c.info.Uses[ident].(*types.Var)
			if isVar && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() && strings.HasPrefix(v.Pkg().Path()+"/", modulePath+"/") {
				visit(v, ident, parents)
			}
		}
		parents = append(parents, n)
		return true
	})
}

// reach climbs from a mention of a variable to the largest expression that
// still denotes the variable or a part of it, and what stands around that.
func reach(c checked, ident *ast.Ident, parents []ast.Node) (ast.Expr, ast.Node) {
	var whole ast.Expr = ident
	for i := len(parents) - 1; i >= 0; i-- {
		switch n := parents[i].(type) {
		case *ast.ParenExpr:
			whole = n
			continue
		case *ast.StarExpr:
			whole = n
			continue
		case *ast.IndexExpr:
			if n.X == whole {
				whole = n
				continue
			}
		case *ast.SelectorExpr:
			selection := c.info.Selections[n]
			if n.Sel == whole || selection != nil && selection.Kind() == types.FieldVal {
				whole = n
				continue
			}
		}
		return whole, parents[i]
	}
	return whole, nil
}

// usage says in which way a mention changes the variable, or "".
func usage(c checked, ident *ast.Ident, parents []ast.Node) string {
	whole, around := reach(c, ident, parents)
	switch n := around.(type) {
	case *ast.AssignStmt:
		if slices.Contains(n.Lhs, whole) {
			return "is assigned to"
		}
	case *ast.IncDecStmt:
		return "is assigned to"
	case *ast.RangeStmt:
		if n.Key == whole || n.Value == whole {
			return "is assigned to"
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return "has its address taken"
		}
	case *ast.SelectorExpr: // a method
		selection := c.info.Selections[n]
		if selection == nil {
			return ""
		}
		receiver := selection.Obj().(*types.Func).Signature().Recv().Type()
		_, byPointer := receiver.(*types.Pointer)
		_, isPointer := c.info.TypeOf(whole).Underlying().(*types.Pointer)
		if byPointer && !isPointer {
			return "is passed by its address to the method " + n.Sel.Name
		}
	case *ast.CallExpr:
		if builtin(c, n, "delete", "clear", "copy") && len(n.Args) > 0 && n.Args[0] == whole {
			return "is changed by " + n.Fun.(*ast.Ident).Name
		}
	}
	return ""
}

// readers are the functions that only read a slice or map they are given.
func readers() []string {
	return []string{
		"slices.Contains", "slices.Index", "slices.ContainsFunc", "slices.IndexFunc", "slices.BinarySearch",
		"slices.Clone", "slices.Equal", "slices.Concat", "slices.Values", "maps.Keys", "maps.Values", "maps.Clone",
		"strings.Join", "strings.NewReplacer", "bytes.Equal", "bytes.HasPrefix",
		modulePath + "/diag.Suggest", modulePath + "/diag.DidYouMean",
	}
}

// tableUsage says in which way a mention lets a table out of sight, or "" when
// it is only looked up in.
func tableUsage(c checked, ident *ast.Ident, parents []ast.Node) string {
	whole, around := reach(c, ident, parents)
	if constant(c.info.TypeOf(whole)) {
		return "" // an element, copied
	}
	switch n := around.(type) {
	case *ast.RangeStmt:
		if n.X == whole {
			element := c.info.TypeOf(whole).Underlying()
			if m, ok := element.(*types.Map); ok && constant(m.Elem()) {
				return ""
			}
			if s, ok := element.(*types.Slice); ok && constant(s.Elem()) {
				return ""
			}
			if n.Value == nil {
				return ""
			}
		}
	case *ast.BinaryExpr:
		return "" // only nil compares with a map or slice
	case *ast.CallExpr:
		if builtin(c, n, "len", "cap") {
			return ""
		}
		if builtin(c, n, "append") && n.Ellipsis.IsValid() && n.Args[0] != whole {
			return "" // elements, copied
		}
		if slices.Contains(readers(), functionName(c, n)) {
			return ""
		}
	}
	return "is a map or slice that is not only looked up in"
}

func builtin(c checked, call *ast.CallExpr, names ...string) bool {
	ident, ok := call.Fun.(*ast.Ident)
	if !ok || !slices.Contains(names, ident.Name) {
		return false
	}
	_, ok = c.info.Uses[ident].(*types.Builtin)
	return ok
}

// functionName returns "import/path.Name" of the package-level function that
// is called, or "".
func functionName(c checked, call *ast.CallExpr) string {
	fun := call.Fun
	if index, ok := fun.(*ast.IndexExpr); ok {
		fun = index.X
	}
	selector, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	function, ok := c.info.Uses[selector.Sel].(*types.Func)
	if !ok || function.Pkg() == nil || function.Signature().Recv() != nil {
		return ""
	}
	return function.Pkg().Path() + "." + function.Name()
}

// variablesOutsideTheBuild looks at the files that build constraints leave out
// on this system, whose types are not known: there only blank variables and
// errors are allowed.
func variablesOutsideTheBuild(t *testing.T, tree []checked) []variableProblem {
	built := map[string]bool{}
	for _, c := range tree {
		for _, syntax := range c.files {
			built[c.fset.Position(syntax.Pos()).Filename] = true
		}
	}
	var problems []variableProblem
	for _, p := range readTree(t) {
		for _, f := range p.files {
			if f.test || f.generated || built[root(t)+"/"+f.name] {
				continue
			}
			problems = append(problems, untypedVariables(p.path, f)...)
		}
	}
	return problems
}

func untypedVariables(pkgPath string, f file) []variableProblem {
	var problems []variableProblem
	for _, declaration := range f.syntax.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok || general.Tok != token.VAR {
			continue
		}
		for _, spec := range general.Specs {
			values := spec.(*ast.ValueSpec)
			for i, name := range values.Names {
				if name.Name == "_" || i < len(values.Values) && makesError(values.Values[i]) {
					continue
				}
				problems = append(problems, variableProblem{pkgPath + "." + name.Name, f.fset.Position(name.Pos()),
					"is a variable in a file that is not built here, so it cannot be checked"})
			}
		}
	}
	return problems
}

func makesError(value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := selector.X.(*ast.Ident)
	return ok && (from.Name == "errors" && selector.Sel.Name == "New" || from.Name == "fmt" && selector.Sel.Name == "Errorf")
}

func TestMutableVariablesAreFound(t *testing.T) {
	const source = `package x

import ("errors"; "regexp"; "slices"; "sync"; "sync/atomic")

type point struct{ x, y int }
func (p *point) move() { p.x++ }
func (p point) far() bool { return p.x > 9 }

var (
	errGood   = errors.New("good")
	reGood    = regexp.MustCompile("good")
	wordsGood = map[string]bool{"a": true}
	listGood  = []string{"a"}
	pairsGood = []struct{ name string; words []string }{{"a", nil}}
	version   = "1"
	origin    = point{}
	_         = sync.Mutex{}

	mutexBad   sync.Mutex
	counterBad atomic.Int64
	pointerBad = &point{}
	ExportedBad = map[string]bool{}
	channelBad = make(chan int)
	anyBad     any

	writtenBad   = map[string]int{}
	appendedBad  []string
	escapedBad   = map[string]int{}
	deletedBad   = map[string]int{}
	reassignedBad = 1
	movedBad     point
	fieldBad     point
	addressBad   point
	sortedBad    = []string{"b"}
	leakedBad    = [][]string{{"b"}}
)

func f() (int, map[string]int) {
	_ = wordsGood["a"]
	for _, word := range listGood { _ = word }
	_ = slices.Contains(listGood, "b")
	_ = append([]string{}, listGood...)
	_ = len(pairsGood[0].words)
	_ = pairsGood[0].name
	_ = origin.far()
	writtenBad["a"] = 1
	appendedBad = append(appendedBad, "a")
	delete(deletedBad, "a")
	reassignedBad++
	movedBad.move()
	fieldBad.x = 2
	p := &addressBad
	slices.Sort(sortedBad)
	leak := leakedBad[0]
	leak[0] = ""
	return p.x, escapedBad
}
`
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, "x.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	c, err := check(modulePath+"/x", fset, []*ast.File{syntax}, importer.ForCompiler(fset, "source", nil))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, problem := range mutableVariables([]checked{c}) {
		found[problem.variable] = true
		if !strings.HasSuffix(problem.variable, "Bad") {
			t.Errorf("%s wrongly reported: %s", problem.variable, problem.what)
		}
	}
	for _, name := range c.types.Scope().Names() {
		if strings.HasSuffix(name, "Bad") && !found["x."+name] {
			t.Errorf("%s is not found to be mutable", name)
		}
	}
}

func TestVariablesOutsideTheBuildAreFound(t *testing.T) {
	f, err := parseFile("x.go", []byte("package x\nvar ErrA = errors.New(\"a\")\nvar _ T = t{}\nvar bad = 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := untypedVariables("x", f)
	if len(got) != 1 || got[0].variable != "x.bad" {
		t.Errorf("found %v, want x.bad alone", got)
	}
}
