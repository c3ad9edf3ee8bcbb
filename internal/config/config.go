package config

import (
	"log/slog"
	"net/netip"
	"os"
	"strings"

	"forthwith/internal/fault"
)

// Config is what the environment said, with defaults filled in.
type Config struct {
	Database      Secret         // the application's role; empty: the private cluster
	DatabaseOwner Secret         // for migrations only
	Redis         Secret         // empty: the private one
	Addr          string         // UI and API
	PublicAddr    string         // genuineness page and webhooks
	MetricsAddr   string         // empty: no metrics
	BaseURL       string         // how people reach Addr; empty: derived from it
	PublicURL     string         // how people reach PublicAddr; empty: derived from it
	Proxies       []netip.Prefix // that stand before PublicAddr and say who asks
	MasterKey     Secret
	SigningKey    Secret
	RelayNetworks []netip.Prefix
	RelayPorts    []int
	DNS           string  // host:port, "system" or "off"
	TestPace      float64 // 1 unless this is a test installation
	LogLevel      slog.Level
	MaxFileMiB    int // of a list that is uploaded, unpacked
	Concurrency   int // connections of a worker; 0: its own default
}

// variable binds a name to its field: how it is taken over, and how it is
// shown.
type variable struct {
	name   string
	secret bool
	usual  string
	take   func(c *Config, value string) *fault.Field
	show   func(c Config) string
}

// Read reads the environment (as os.Environ gives it). The error is one Invalid
// fault with a field for every mistake.
func Read(environ []string) (Config, error) {
	env := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	var c Config
	var wrong []fault.Field
	for _, v := range variables {
		value, mistake := v.find(env)
		if mistake == nil && value == "" {
			value = v.usual
		}
		if mistake == nil && value != "" {
			mistake = v.take(&c, value)
		}
		if mistake != nil {
			mistake.Name = v.name
			wrong = append(wrong, *mistake)
		}
	}
	return c, fault.Wrongs(wrong)
}

// find takes the value from the variable, or from the file that its _FILE twin
// names. One line end at the end of a file is not part of the secret.
func (v variable) find(env map[string]string) (string, *fault.Field) {
	value, path := env[v.name], env[v.name+"_FILE"]
	switch {
	case !v.secret || path == "":
		return strings.TrimSpace(value), nil
	case value != "":
		return "", mistake("config_twice", fault.Values{"name": v.name})
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", mistake("config_file", fault.Values{"name": v.name + "_FILE"})
	}
	if value = strings.TrimSpace(string(raw)); value == "" {
		return "", mistake("config_file_empty", fault.Values{"name": v.name + "_FILE"})
	}
	return value, nil
}

// Require reports each of the named variables that has no value, all at once.
func (c Config) Require(names ...string) error {
	var wrong []fault.Field
	for _, name := range names {
		for _, v := range variables {
			if v.name == name && v.show(c) == "" {
				wrong = append(wrong, fault.Field{Name: name, Code: "config_missing", Values: fault.Values{"name": name}})
			}
		}
	}
	return fault.Wrongs(wrong)
}

// Setting is one effective value as it may be shown.
type Setting struct{ Name, Value string }

// List gives every variable with its effective value, secrets masked.
func (c Config) List() []Setting {
	list := make([]Setting, 0, len(variables))
	for _, v := range variables {
		list = append(list, Setting{v.name, v.show(c)})
	}
	return list
}

func mistake(code string, values fault.Values) *fault.Field {
	return &fault.Field{Code: code, Values: values}
}
