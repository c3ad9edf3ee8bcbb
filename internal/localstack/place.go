package localstack

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"forthwith/internal/fault"
)

const (
	maxSocketPath = 103 // sun_path is 104 bytes on the smaller systems
	pgSocketName  = ".s.PGSQL.5432"
)

// account is the user that the servers run as; nil stands for our own.
type account struct {
	name     string
	uid, gid uint32
}

// place is where a stack keeps its things.
type place struct {
	root  string // data, logs and the lock
	sock  string // sockets, in a folder that only the servers' user may enter
	owner *account
}

func (p place) data() string        { return filepath.Join(p.root, "postgres") }
func (p place) redis() string       { return filepath.Join(p.root, "redis") }
func (p place) redisSocket() string { return filepath.Join(p.sock, "redis.sock") }
func (p place) redisPID() string    { return filepath.Join(p.redis(), "redis.pid") }
func (p place) lockFile() string    { return filepath.Join(p.root, "lock") }
func (p place) log(n string) string { return filepath.Join(p.root, n+".log") }

func (p place) dsn(role, db string) string {
	q := url.Values{"host": {p.sock}, "port": {"5432"}}
	return (&url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + db, RawQuery: q.Encode()}).String()
}

// locate chooses the folder that was asked for where the servers' user can
// live in it, and one of the system's temporary folder otherwise.
func locate(dir string) (place, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return place{}, fmt.Errorf("resolve folder: %w", err)
	}
	owner, err := serverAccount()
	if err != nil {
		return place{}, err
	}
	p := place{root: dir, owner: owner}
	if !habitable(dir, owner) {
		p.root = temporaryFor(dir)
		if err := private(p.root); err != nil {
			return place{}, err
		}
	}
	p.sock = filepath.Join(p.root, "sock")
	if len(filepath.Join(p.sock, pgSocketName)) > maxSocketPath {
		short := temporaryFor(dir)
		if err := private(short); err != nil {
			return place{}, err
		}
		p.sock = filepath.Join(short, "sock")
	}
	return p, nil
}

// temporaryFor names a folder by user and path. It is short on purpose: the
// temporary folder that macOS names in TMPDIR is too long for a socket.
func temporaryFor(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	sum := sha256.Sum256([]byte(dir))
	return fmt.Sprintf("/tmp/forthwith-%d-%s", os.Geteuid(), hex.EncodeToString(sum[:6]))
}

// private makes a folder, or accepts one that is already ours. In a shared
// folder somebody else could have made it first.
func private(dir string) error {
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make folder: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at folder: %w", err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return fault.New(fault.Conflict, "stack_folder_taken", fault.Values{"dir": dir})
	}
	return nil
}

// habitable tells whether we can write the folder and the servers' user can
// pass through every folder above it.
func habitable(dir string, owner *account) bool {
	if os.MkdirAll(dir, 0o711) != nil {
		return false
	}
	probe, err := os.CreateTemp(dir, "probe")
	if err != nil {
		return false
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	if owner == nil {
		return true
	}
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil || !mayPass(info, owner) {
			return false
		}
		if at == filepath.Dir(at) {
			return true
		}
	}
}

func mayPass(info os.FileInfo, who *account) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	if st.Uid == who.uid {
		return info.Mode().Perm()&0o100 != 0
	}
	return info.Mode().Perm()&0o001 != 0
}

// serverAccount gives the unprivileged user for root, nil for everybody else:
// PostgreSQL refuses to run as root.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return none, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.ParseUint(u.Uid, 10, 32)
		gid, errG := strconv.ParseUint(u.Gid, 10, 32)
		if errU == nil && errG == nil {
			return &account{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
		}
	}
	return none, fault.New(fault.Unavailable, "stack_no_user", nil)
}

// none is the account of a process that may keep its own.
var none *account

// prepare makes the folders of the servers and hands them to their user.
func (p place) prepare() error {
	for _, dir := range []string{p.redis(), p.sock} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make server folder: %w", err)
		}
		if err := p.hand(dir); err != nil {
			return err
		}
	}
	return nil
}

// hand gives a path to the servers' user.
func (p place) hand(path string) error {
	if p.owner == nil {
		return nil
	}
	if err := os.Lchown(path, int(p.owner.uid), int(p.owner.gid)); err != nil {
		return fmt.Errorf("hand folder to %s: %w", p.owner.name, err)
	}
	return nil
}

// takeLock holds the folder for as long as this process lives.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fault.New(fault.Conflict, "stack_running", fault.Values{"dir": filepath.Dir(path)}).Because(err)
	}
	return f, nil
}
