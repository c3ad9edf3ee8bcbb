package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/sync/semaphore"
	driver "gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"forthwith/internal/fault"
	"forthwith/internal/obligation"
)

// DB is the pool, and the keys that open what it holds. Whoever has a connection
// of the pool and asks it for another could wait for those who do the same. So
// keys are read over one of their own, and only so many hold people at once.
type DB struct {
	pool *pgxpool.Pool
	own  *pgxpool.Pool // of the keys
	hold *semaphore.Weighted
	sql  *sql.DB
	gorm *gorm.DB
	keys *keyring

	memos    memos
	where    lastKnown[whereabouts]
	reached  lastKnown[obligation.Standing]
	untold   lastKnown[untold]
	rules    rulesInUse
	progress sync.Map // campaign → when its preflight last told how far it is
}

// Options narrow a connection. The zero value connects as the URL says.
type Options struct {
	MaxConns int32  // 0: 16
	User     string // in place of the URL's
	Database string // in place of the URL's
}

// Connect opens a pool and makes sure that the server answers and is durable:
// fsync and synchronous_commit must be on, since a promise that was lost in a
// crash is none.
func Connect(ctx context.Context, url string, o Options) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read database address: it is not a PostgreSQL URL")
	}
	cfg.MaxConns = 16
	if o.MaxConns > 0 {
		cfg.MaxConns = o.MaxConns
	}
	if o.User != "" {
		cfg.ConnConfig.User = o.User
	}
	if o.Database != "" {
		cfg.ConnConfig.Database = o.Database
	}
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["application_name"] = "forthwith"
	cfg.ConnConfig.RuntimeParams["jit"] = "off" // it takes seconds to compile what runs for milliseconds
	reach(cfg)
	db, err := open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := db.durable(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// open makes the pools. They connect when they are asked.
func open(ctx context.Context, cfg *pgxpool.Config) (*DB, error) {
	single := cfg.Copy()
	single.MaxConns, single.MinConns, single.MinIdleConns = 1, 0, 0
	own, err := pgxpool.NewWithConfig(ctx, single)
	if err != nil {
		return nil, fmt.Errorf("open database pool: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		own.Close()
		return nil, fmt.Errorf("open database pool: %w", err)
	}
	db, err := over(pool)
	if err != nil {
		own.Close()
		pool.Close()
		return nil, err
	}
	db.own, db.hold = own, semaphore.NewWeighted(max(1, int64(cfg.MaxConns)/4))
	return db, nil
}

// RoleOf gives the role that a database address connects as.
func RoleOf(url string) (string, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return "", fmt.Errorf("read database address: it is not a PostgreSQL URL")
	}
	return cfg.ConnConfig.User, nil
}

func over(pool *pgxpool.Pool) (*DB, error) {
	sqlDB := stdlib.OpenDBFromPool(pool)
	sqlDB.SetMaxIdleConns(0)
	g, err := gorm.Open(driver.New(driver.Config{Conn: sqlDB}), &gorm.Config{
		Logger:                 logger.Discard, // its lines hold arguments
		SkipDefaultTransaction: true,
		TranslateError:         false, // violations are recognised by the constraint's name
		DisableAutomaticPing:   true,
	})
	if err != nil {
		return nil, fmt.Errorf("open gorm: %w", err)
	}
	return &DB{pool: pool, sql: sqlDB, gorm: g}, nil
}

func (db *DB) durable(ctx context.Context) error {
	var fsync, commit string
	if err := db.pool.QueryRow(ctx, "SELECT current_setting('fsync'), current_setting('synchronous_commit')").Scan(&fsync, &commit); err != nil {
		return fault.New(fault.Unavailable, "database_down", nil).Because(err)
	}
	if fsync != "on" || commit == "off" {
		return fault.New(fault.Unavailable, "database_not_durable", fault.Values{"fsync": fsync, "synchronous_commit": commit})
	}
	return nil
}

// Close ends the pool. It waits for queries that run.
func (db *DB) Close() {
	_ = db.sql.Close()
	db.pool.Close()
	db.own.Close()
}

// Now reads the database's clock, which all schedules and evidence use.
func (db *DB) Now(ctx context.Context) (time.Time, error) {
	var now time.Time
	if err := db.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		return time.Time{}, fmt.Errorf("read clock: %w", err)
	}
	return now.UTC(), nil
}

// Ready tells whether the database answers and has the schema that this
// program was built for.
func (db *DB) Ready(ctx context.Context) error {
	var have int64
	err := db.pool.QueryRow(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&have)
	if err != nil {
		if strings.Contains(err.Error(), "goose_db_version") {
			return fault.New(fault.Unavailable, "schema_missing", nil)
		}
		return fault.New(fault.Unavailable, "database_down", nil).Because(err)
	}
	if want := newestMigration(); have < want {
		return fault.New(fault.Unavailable, "schema_old", fault.Values{"have": have, "want": want})
	}
	return nil
}
