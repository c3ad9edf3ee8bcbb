package floorplan

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "forthwith/"

// use is one import: who imports what, and in which file.
type use struct{ from, path, file string }

func TestEveryPackageStandsOnAFloor(t *testing.T) {
	for _, u := range uses(t) {
		if _, ok := floorOf(u.from); !ok {
			t.Errorf("%s: package %q is on no floor; place it in Floors", u.file, u.from)
		}
	}
}

func TestImportsGoDown(t *testing.T) {
	for _, u := range uses(t) {
		to, ours := strings.CutPrefix(u.path, module)
		if !ours {
			continue
		}
		if why := refuse(u, to); why != "" {
			t.Errorf("%s: %s imports %s: %s", u.file, u.from, to, why)
		}
	}
}

func TestALibraryHasOneOwner(t *testing.T) {
	for _, u := range uses(t) {
		if !strings.Contains(strings.SplitN(u.path, "/", 2)[0], ".") {
			continue // the standard library, or ours
		}
		owners, listed := ownersOf(u.path)
		switch {
		case !listed:
			t.Errorf("%s: %s has no owner; add it to Owners", u.file, u.path)
		case !owns(owners, u):
			t.Errorf("%s: %s belongs to %v", u.file, u.path, owners)
		}
	}
}

func TestRefusesWhatThePlanForbids(t *testing.T) {
	cases := map[string]struct {
		u  use
		to string
	}{
		"up":                    {use{from: "internal/fault"}, "internal/vault"},
		"sideways":              {use{from: "internal/intake"}, "internal/cohort"},
		"adapter to adapter":    {use{from: "internal/queue"}, "internal/postgres"},
		"wiring from a package": {use{from: "internal/postgres"}, "internal/sample"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if refuse(c.u, c.to) == "" {
				t.Errorf("%s may import %s", c.u.from, c.to)
			}
		})
	}
}

func refuse(u use, to string) string {
	from, okFrom := floorOf(u.from)
	target, okTo := floorOf(to)
	test := strings.HasSuffix(u.file, "_test.go")
	switch {
	case !okFrom || !okTo:
		return "one of them is on no floor"
	case to == u.from || Helpers[u.from] == to:
		return ""
	case isHelper(to) && (test || isHelper(u.from) || from == Wiring):
		return ""
	case test && from >= Adapters && target <= Adapters:
		return "" // tests of adapters and edges run on real servers
	case from == Wiring && target == Wiring && slices.Contains(Wired[u.from], to):
		return ""
	case target >= from:
		return "imports go down only"
	}
	return ""
}

func isHelper(pkg string) bool { _, ok := Helpers[pkg]; return ok }

func floorOf(pkg string) (Floor, bool) {
	if parent, ok := Helpers[pkg]; ok {
		pkg = parent
	}
	for {
		if f, ok := Floors[pkg]; ok {
			return f, true
		}
		up := filepath.ToSlash(filepath.Dir(pkg))
		if up == "." || up == pkg {
			return 0, false
		}
		pkg = up // a package below another stands on its floor
	}
}

func ownersOf(path string) ([]string, bool) {
	best, owners := "", []string(nil)
	for prefix, who := range Owners {
		if strings.HasPrefix(path, prefix) && len(prefix) > len(best) {
			best, owners = prefix, who
		}
	}
	return owners, best != ""
}

func owns(owners []string, u use) bool {
	if slices.Contains(owners, "*") {
		return true
	}
	if f, _ := floorOf(u.from); f == Wiring {
		return true // wiring may build anything
	}
	return slices.ContainsFunc(owners, func(o string) bool { return u.from == o || strings.HasPrefix(u.from, o+"/") })
}

func uses(t *testing.T) []use {
	t.Helper()
	root := "../.."
	var all []use
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && p != root || d.Name() == "node_modules" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		for _, im := range f.Imports {
			path, _ := strconv.Unquote(im.Path.Value)
			all = append(all, use{from: filepath.ToSlash(filepath.Dir(rel)), path: path, file: filepath.ToSlash(rel)})
		}
		return nil
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("read the module: %v (%d imports)", err, len(all))
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheArchitecturePageShowsTheSameFloors(t *testing.T) {
	raw, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(raw), "<!-- floors -->")
	table, _, found := strings.Cut(table, "<!-- /floors -->")
	if !found {
		t.Fatal("the page has no table of floors")
	}
	shown := map[string]Floor{}
	names := map[string]Floor{"ground": Ground, "words": Words, "keys": Keys, "records": Records, "campaigns": Campaigns,
		"deliveries": Deliveries, "findings": Findings, "adapters": Adapters, "edges": Edges, "wiring": Wiring}
	for _, line := range strings.Split(table, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		floor, ok := names[strings.TrimSpace(cells[1])]
		if !ok {
			continue
		}
		for _, pkg := range strings.Fields(cells[2]) {
			shown[strings.Trim(pkg, "`")] = floor
		}
	}
	for pkg, floor := range Floors {
		if got, ok := shown[pkg]; !ok || got != floor {
			t.Errorf("%s is missing from the page, or on another floor there", pkg)
		}
	}
	if len(shown) != len(Floors) {
		t.Errorf("the page shows %d packages, the plan has %d", len(shown), len(Floors))
	}
}
