package world

import (
	"database/sql"
	"database/sql/driver"
	"io"
	"math/rand"
	"time"
)

// The fake driver answers every query with one row, after some milliseconds.
func init() { sql.Register("fake", fakeDriver{}) }

type fakeDriver struct{}

func (fakeDriver) Open(string) (driver.Conn, error) { return fakeConnection{}, nil }

type fakeConnection struct{}

func (fakeConnection) Prepare(string) (driver.Stmt, error) { return fakeStatement{}, nil }
func (fakeConnection) Close() error                        { return nil }
func (fakeConnection) Begin() (driver.Tx, error)           { return fakeTransaction{}, nil }

type fakeTransaction struct{}

func (fakeTransaction) Commit() error   { return nil }
func (fakeTransaction) Rollback() error { return nil }

type fakeStatement struct{}

func (fakeStatement) Close() error                               { return nil }
func (fakeStatement) NumInput() int                              { return -1 }
func (fakeStatement) Exec([]driver.Value) (driver.Result, error) { return driver.RowsAffected(1), nil }

func (fakeStatement) Query([]driver.Value) (driver.Rows, error) {
	time.Sleep(time.Duration(float64(15*time.Millisecond) * min(5, rand.ExpFloat64())))
	return &fakeRows{}, nil
}

type fakeRows struct{ given bool }

func (r *fakeRows) Columns() []string { return []string{"name"} }
func (r *fakeRows) Close() error      { return nil }

func (r *fakeRows) Next(row []driver.Value) error {
	if r.given {
		return io.EOF
	}
	r.given, row[0] = true, "order"
	return nil
}
