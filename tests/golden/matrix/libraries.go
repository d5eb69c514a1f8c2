package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"log"
	"net/rpc"
	"text/template"
	"time"

	"golang.org/x/sync/errgroup"
)

func init() {
	add("sql-open", func() { sql.Open("parking", "") })
	add("sql-query", startQuery)
	add("sql-pool-exhausted", startExhausted)
	add("errgroup", startErrgroup)
	add("errgroup-limit", startErrgroupLimit)
	add("rpc", func() { conn := listen(); go rpc.Accept(conn) })
	add("template", func() { go execute() })
	add("log", func() { go log.New(parkingWriter{}, "", 0).Print("x") })
	sql.Register("parking", parkingDriver{})
}

type parkingDriver struct{}
type parkingConn struct{}

func (parkingDriver) Open(string) (driver.Conn, error)  { return parkingConn{}, nil }
func (parkingConn) Prepare(string) (driver.Stmt, error) { <-empty; return nil, errors.New("none") }
func (parkingConn) Close() error                        { return nil }
func (parkingConn) Begin() (driver.Tx, error)           { return parkingTx{}, nil }
func (parkingConn) Ping(context.Context) error          { return nil }
func (parkingConn) QueryContext(ctx context.Context, _ string, _ []driver.NamedValue) (driver.Rows, error) {
	<-empty
	return nil, ctx.Err()
}

type parkingTx struct{}

func (parkingTx) Commit() error   { return nil }
func (parkingTx) Rollback() error { return nil }

func startQuery() {
	db, _ := sql.Open("parking", "")
	go query(db)
	ctx, cancel := context.WithCancel(context.Background())
	_ = cancel
	db.BeginTx(ctx, nil)
}

func query(db *sql.DB) { db.QueryContext(context.Background(), "x") }

func startExhausted() {
	db, _ := sql.Open("parking", "")
	db.SetMaxOpenConns(1)
	db.SetConnMaxLifetime(time.Hour)
	db.Conn(context.Background())
	go ping(db)
}

func ping(db *sql.DB) { db.PingContext(context.Background()) }

func startErrgroup() {
	group, ctx := errgroup.WithContext(context.Background())
	group.Go(func() error { <-ctx.Done(); return nil })
	group.Go(task)
	go waitErrgroup(group)
}

func task() error { <-empty; return nil }

func waitErrgroup(group *errgroup.Group) { group.Wait() }

func startErrgroupLimit() {
	group := new(errgroup.Group)
	group.SetLimit(1)
	group.Go(task)
	go addTask(group)
}

func addTask(group *errgroup.Group) { group.Go(task) }

type parkingWriter struct{}

func (parkingWriter) Write(p []byte) (int, error) { <-empty; return len(p), nil }

func execute() {
	functions := template.FuncMap{"park": func() string { <-empty; return "" }}
	template.Must(template.New("x").Funcs(functions).Parse("{{park}}")).Execute(parkingWriter{}, nil)
}
