package localstack

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"forthwith/internal/fault"
)

// oldest is the first PostgreSQL whose partitions can be attached under the
// locks that the schema counts on.
const oldest = 14

// binaries is a folder with PostgreSQL's programs and their major version.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(name string) string { return filepath.Join(b.dir, name) }

// findPostgres looks at PG_BIN, pg_config, PATH and the folders where packages
// put it, and takes the newest, or the version that made the data (0: none is
// made yet).
func findPostgres(made int) (binaries, error) {
	var found []binaries
	seen := map[string]bool{}
	for _, d := range postgresFolders() {
		if real, err := filepath.EvalSymlinks(d); err == nil && !seen[real] {
			seen[real] = true
			if b, ok := inspect(real); ok {
				found = append(found, b)
			}
		}
	}
	if len(found) == 0 {
		return binaries{}, missing("postgresql")
	}
	if first := os.Getenv("PG_BIN"); first == "" {
		slices.SortStableFunc(found, func(a, b binaries) int { return cmp.Compare(b.major, a.major) })
	}
	if made == 0 {
		return found[0], nil
	}
	i := slices.IndexFunc(found, func(b binaries) bool { return b.major == made })
	if i < 0 {
		return binaries{}, fault.New(fault.Unavailable, "postgres_other_version",
			fault.Values{"have": strconv.Itoa(found[0].major), "need": strconv.Itoa(made)})
	}
	return found[i], nil
}

func postgresFolders() []string {
	var dirs []string
	if d := os.Getenv("PG_BIN"); d != "" {
		dirs = append(dirs, d)
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
	} {
		matches, _ := filepath.Glob(pattern)
		dirs = append(dirs, matches...)
	}
	return dirs
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

func inspect(dir string) (binaries, bool) {
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return binaries{}, false
	}
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return binaries{}, false
	}
	m := versionPattern.FindSubmatch(out)
	if m == nil {
		return binaries{}, false
	}
	major, _ := strconv.Atoi(string(m[1]))
	return binaries{dir: dir, major: major}, major >= oldest
}

// dataVersion tells which major version made the data of a place, 0 for none.
func dataVersion(at place) int {
	raw, err := os.ReadFile(filepath.Join(at.data(), "PG_VERSION"))
	if err != nil {
		return 0
	}
	v, _ := strconv.Atoi(strings.TrimSpace(string(raw)))
	return v
}

// findRedis looks for Redis or Valkey.
func findRedis() (string, error) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
		for _, dir := range []string{"/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"} {
			p := filepath.Join(dir, name)
			if info, err := os.Stat(p); err == nil && info.Mode()&0o111 != 0 {
				return p, nil
			}
		}
	}
	return "", missing("redis")
}

func missing(what string) error {
	return fault.New(fault.Unavailable, "server_missing", fault.Values{"what": what, "line": InstallLine()})
}

// InstallLine is the one line that a person types to install both servers.
func InstallLine() string {
	if runtime.GOOS == "darwin" {
		return "brew install postgresql@17 redis"
	}
	for _, m := range []struct{ tool, line string }{
		{"apt-get", aptLine},
		{"dnf", "sudo dnf install -y postgresql-server redis"},
		{"apk", "sudo apk add postgresql redis"},
		{"pacman", "sudo pacman -S --noconfirm postgresql redis"},
	} {
		if _, err := exec.LookPath(m.tool); err == nil {
			return m.line
		}
	}
	return aptLine
}
