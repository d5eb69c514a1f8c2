// Asks the door as clickhouse-go does, the driver inside Grafana's ClickHouse data source, and prints what came back as JSON.
//
//	clients ADDRESS COMPRESSION [USER PASSWORD]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

var methods = map[string]clickhouse.CompressionMethod{
	"none":    clickhouse.CompressionNone,
	"lz4":     clickhouse.CompressionLZ4,
	"zstd":    clickhouse.CompressionZSTD,
	"gzip":    clickhouse.CompressionGZIP,
	"deflate": clickhouse.CompressionDeflate,
	"br":      clickhouse.CompressionBrotli,
}

func open(address, compression string, auth clickhouse.Auth) (driver.Conn, error) {
	return clickhouse.Open(&clickhouse.Options{
		Addr:        []string{address},
		Protocol:    clickhouse.HTTP,
		Auth:        auth,
		Compression: &clickhouse.Compression{Method: methods[compression]},
	})
}

// code gives ClickHouse's code of an error, 0 for none and -1 for an error without one.
func code(err error) int32 {
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		return exception.Code
	}
	if err == nil {
		return 0
	}
	return -1
}

// many reads 200,000 rows one by one.
func many(ctx context.Context, conn driver.Conn) (map[string]any, error) {
	rows, err := conn.Query(ctx, "SELECT number, toString(number) AS text, toDateTime64(number, 3, 'UTC') AS at FROM numbers(200000)")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var sum, count, length uint64
	for rows.Next() {
		var number uint64
		var text string
		var at time.Time
		if err := rows.Scan(&number, &text, &at); err != nil {
			return nil, err
		}
		if at.Unix() != int64(number) {
			return nil, fmt.Errorf("%d came as %v", number, at)
		}
		sum, count, length = sum+number, count+1, length+uint64(len(text))
	}
	return map[string]any{"rows": count, "sum": sum, "length": length}, rows.Err()
}

// kinds reads one row of the types that dashboards meet.
func kinds(ctx context.Context, conn driver.Conn) (map[string]any, error) {
	var (
		low   string
		list  []string
		named map[string]uint64
		maybe *int32
		large uint64
		ratio float64
		at    time.Time
	)
	sql := `SELECT toLowCardinality('low'), ['a', 'b'], map('k', 1::UInt64), NULL::Nullable(Int32), 18446744073709551615::UInt64,
		1.5, toDateTime('2026-11-01 00:00:00', 'UTC')`
	if err := conn.QueryRow(ctx, sql).Scan(&low, &list, &named, &maybe, &large, &ratio, &at); err != nil {
		return nil, err
	}
	return map[string]any{
		"low": low, "list": list, "map": named, "null": maybe == nil, "large": fmt.Sprint(large), "ratio": ratio, "at": at.Unix(),
	}, nil
}

// parameters sends one of the server's and some of the driver's own.
func parameters(ctx context.Context, conn driver.Conn) (map[string]any, error) {
	var server, bound string
	with := clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"x": "it's"}), clickhouse.WithQueryID("mine-7"))
	if err := conn.QueryRow(with, "SELECT {x:String}").Scan(&server); err != nil {
		return nil, err
	}
	if err := conn.QueryRow(ctx, "SELECT @x || toString(@n)", clickhouse.Named("x", "a'b"), clickhouse.Named("n", 3)).Scan(&bound); err != nil {
		return nil, err
	}
	return map[string]any{"server": server, "bound": bound}, nil
}

// broken asks for what must fail; the last of them fails after the first rows went out.
func broken(ctx context.Context, conn driver.Conn) map[string]any {
	insert, err := conn.PrepareBatch(ctx, "INSERT INTO numbered (number)")
	if err == nil {
		err = insert.Append(uint32(1))
	}
	if err == nil {
		err = insert.Send()
	}
	limited := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_execution_time": 2}))
	rows, late := conn.Query(limited, "SELECT number, repeat('x', 30), sleepEachRow(0.00001) FROM numbers(10000000)")
	count := 0
	if late == nil {
		for rows.Next() {
			count++
		}
		late = rows.Err()
		rows.Close()
	}
	return map[string]any{
		"unknown table": code(conn.Exec(ctx, "SELECT * FROM nowhere")),
		"syntax":        code(conn.Exec(ctx, "SELEC 1")),
		"drop":          code(conn.Exec(ctx, "DROP TABLE numbered")),
		"insert":        err != nil,
		"late":          late != nil,
		"late rows":     count > 0,
	}
}

// cancelled gives up on a statement that would run for long.
func cancelled(ctx context.Context, conn driver.Conn) bool {
	brief, stop := context.WithTimeout(ctx, 300*time.Millisecond)
	defer stop()
	err := conn.Exec(brief, "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1 AND 'mark-go' != ''")
	return errors.Is(err, context.DeadlineExceeded)
}

func main() {
	auth := clickhouse.Auth{Database: "leakstream"}
	if len(os.Args) > 4 {
		auth.Username, auth.Password = os.Args[3], os.Args[4]
	}
	said := map[string]any{}
	conn, err := open(os.Args[1], os.Args[2], auth)
	if err == nil {
		err = conn.Ping(context.Background())
	}
	said["ping"] = code(err)
	if err == nil {
		ctx := context.Background()
		for name, ask := range map[string]func(context.Context, driver.Conn) (map[string]any, error){
			"many": many, "kinds": kinds, "parameters": parameters,
		} {
			found, err := ask(ctx, conn)
			if err != nil {
				found = map[string]any{"error": err.Error()}
			}
			said[name] = found
		}
		said["broken"] = broken(ctx, conn)
		said["cancelled"] = cancelled(ctx, conn)
		version, err := conn.ServerVersion()
		said["server"] = err == nil && version.DisplayName == "leakstream"
		said["empty"] = code(conn.Exec(ctx, "SELECT number FROM numbered WHERE 0"))
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		panic(err)
	}
}
