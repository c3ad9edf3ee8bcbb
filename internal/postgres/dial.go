package postgres

import (
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// deadAfter is how long the database's machine may give no sign of life, at the
// dial and after it, before a connection is given up. Without a bound a machine
// that is gone without a reset holds the pool for a quarter of an hour. A server
// that only takes its time, for a standby say, is no such machine: its kernel
// acknowledges.
const deadAfter = 30 * time.Second

// reach sets how the pool dials. A time that the address names for connecting
// stands.
func reach(cfg *pgxpool.Config) {
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = deadAfter
	}
	d := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: deadAfter / 3, Interval: deadAfter / 6, Count: 4},
		Control:         giveUp,
	}
	cfg.ConnConfig.DialFunc = d.DialContext
}
