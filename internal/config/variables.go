package config

import (
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"forthwith/internal/fault"
)

// variables are all that is read, in the order in which List shows them.
var variables = []variable{
	connection("DATABASE_URL", func(c *Config) *Secret { return &c.Database }, "postgres", "postgresql"),
	connection("DATABASE_OWNER_URL", func(c *Config) *Secret { return &c.DatabaseOwner }, "postgres", "postgresql"),
	connection("REDIS_URL", func(c *Config) *Secret { return &c.Redis },
		"redis", "rediss", "unix", "redis-sentinel", "rediss-sentinel", "redis-cluster", "rediss-cluster"),
	address("FORTHWITH_ADDR", "127.0.0.1:8080", func(c *Config) *string { return &c.Addr }),
	address("FORTHWITH_PUBLIC_ADDR", "127.0.0.1:8081", func(c *Config) *string { return &c.PublicAddr }),
	address("FORTHWITH_METRICS_ADDR", "", func(c *Config) *string { return &c.MetricsAddr }),
	site("FORTHWITH_BASE_URL", func(c *Config) *string { return &c.BaseURL }),
	site("FORTHWITH_PUBLIC_URL", func(c *Config) *string { return &c.PublicURL }),
	{name: "FORTHWITH_PROXIES", take: takeNetworks("FORTHWITH_PROXIES", func(c *Config) *[]netip.Prefix { return &c.Proxies }), show: func(c Config) string { return join(c.Proxies) }},
	key("FORTHWITH_MASTER_KEY", func(c *Config) *Secret { return &c.MasterKey }),
	key("FORTHWITH_SIGNING_KEY", func(c *Config) *Secret { return &c.SigningKey }),
	{name: "FORTHWITH_RELAY_NETWORKS", take: takeNetworks("FORTHWITH_RELAY_NETWORKS", func(c *Config) *[]netip.Prefix { return &c.RelayNetworks }), show: func(c Config) string { return join(c.RelayNetworks) }},
	{name: "FORTHWITH_RELAY_PORTS", take: takePorts, show: func(c Config) string { return join(c.RelayPorts) }},
	{name: "FORTHWITH_DNS", usual: SystemDNS, take: takeDNS, show: func(c Config) string { return c.DNS }},
	{name: "FORTHWITH_TEST_PACE", usual: "1", take: takePace, show: func(c Config) string { return fmt.Sprint(c.TestPace) }},
	{name: "FORTHWITH_LOG_LEVEL", usual: "info", take: takeLevel, show: func(c Config) string { return strings.ToLower(c.LogLevel.String()) }},
	{name: "FORTHWITH_MAX_FILE_MIB", usual: "512", take: takeMaxFile, show: func(c Config) string { return strconv.Itoa(c.MaxFileMiB) }},
	{name: "FORTHWITH_WORKER_CONCURRENCY", take: takeConcurrency, show: func(c Config) string {
		if c.Concurrency == 0 {
			return ""
		}
		return strconv.Itoa(c.Concurrency)
	}},
}

// connection is a secret that says where a server is.
func connection(name string, field func(*Config) *Secret, schemes ...string) variable {
	return variable{
		name: name, secret: true,
		take: func(c *Config, value string) *fault.Field {
			u, err := url.Parse(value)
			keywords := schemes[0] == "postgres" && !strings.Contains(value, "://") && strings.Contains(value, "=")
			if !keywords && (err != nil || !slices.Contains(schemes, u.Scheme)) {
				return mistake("config_url", fault.Values{"name": name, "form": schemes[0] + "://…"})
			}
			*field(c) = Secret(value)
			return nil
		},
		show: func(c Config) string { return where(*field(&c)) },
	}
}

// key is a secret whose form the vault and the ledger check when they open it.
func key(name string, field func(*Config) *Secret) variable {
	return variable{
		name: name, secret: true,
		take: func(c *Config, value string) *fault.Field {
			if strings.ContainsAny(value, " \t\r\n") {
				return mistake("config_key", fault.Values{"name": name})
			}
			*field(c) = Secret(value)
			return nil
		},
		show: func(c Config) string { return field(&c).String() },
	}
}

// address is host:port to listen on; an empty host stands for every one.
func address(name, usual string, field func(*Config) *string) variable {
	return variable{
		name: name, usual: usual,
		take: func(c *Config, value string) *fault.Field {
			_, port, err := net.SplitHostPort(value)
			if err == nil {
				_, err = strconv.ParseUint(port, 10, 16)
			}
			if err != nil {
				return mistake("config_addr", fault.Values{"name": name})
			}
			*field(c) = value
			return nil
		},
		show: func(c Config) string { return *field(&c) },
	}
}

// site is how people reach an address: scheme and host, nothing behind.
func site(name string, field func(*Config) *string) variable {
	return variable{
		name: name,
		take: func(c *Config, value string) *fault.Field {
			u, err := url.Parse(value)
			if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
				strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
				return mistake("config_site", fault.Values{"name": name})
			}
			*field(c) = u.Scheme + "://" + u.Host
			return nil
		},
		show: func(c Config) string { return *field(&c) },
	}
}

func takeNetworks(name string, field func(*Config) *[]netip.Prefix) func(*Config, string) *fault.Field {
	return func(c *Config, value string) *fault.Field {
		for _, part := range split(value) {
			p, err := netip.ParsePrefix(part)
			if err != nil {
				return mistake("config_network", fault.Values{"name": name, "value": part})
			}
			*field(c) = append(*field(c), p.Masked())
		}
		return nil
	}
}

func takePorts(c *Config, value string) *fault.Field {
	for _, part := range split(value) {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil || n == 0 {
			return mistake("config_port", fault.Values{"name": "FORTHWITH_RELAY_PORTS", "value": part})
		}
		c.RelayPorts = append(c.RelayPorts, int(n))
	}
	return nil
}

// What FORTHWITH_DNS may say beside a server.
const (
	SystemDNS = "system"
	NoDNS     = "off"
)

func takeDNS(c *Config, value string) *fault.Field {
	if value != SystemDNS && value != NoDNS {
		host, port, err := net.SplitHostPort(value)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || host == "" {
			return mistake("config_dns", fault.Values{"name": "FORTHWITH_DNS"})
		}
	}
	c.DNS = value
	return nil
}

func takePace(c *Config, value string) *fault.Field {
	pace, err := strconv.ParseFloat(value, 64)
	if err != nil || !(pace >= 1) || math.IsInf(pace, 0) {
		return mistake("config_pace", fault.Values{"name": "FORTHWITH_TEST_PACE"})
	}
	c.TestPace = pace
	return nil
}

func takeLevel(c *Config, value string) *fault.Field {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[strings.ToLower(value)]
	if !ok {
		return mistake("config_level", fault.Values{"name": "FORTHWITH_LOG_LEVEL"})
	}
	c.LogLevel = level
	return nil
}

// LargestFileMiB is what FORTHWITH_MAX_FILE_MIB may say at most.
const LargestFileMiB = 4096

func takeMaxFile(c *Config, value string) *fault.Field {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > LargestFileMiB {
		return mistake("config_number", fault.Values{"name": "FORTHWITH_MAX_FILE_MIB", "from": 1, "to": LargestFileMiB})
	}
	c.MaxFileMiB = n
	return nil
}

func takeConcurrency(c *Config, value string) *fault.Field {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > 1024 {
		return mistake("config_number", fault.Values{"name": "FORTHWITH_WORKER_CONCURRENCY", "from": 1, "to": 1024})
	}
	c.Concurrency = n
	return nil
}

func split(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' })
}

func join[T any](list []T) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}
