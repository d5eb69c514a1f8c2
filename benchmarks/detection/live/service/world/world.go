// Package world is what a service reaches: a backend, a peer that never speaks, a queue that nobody serves, a gRPC
// server, a database. All of it lives in this process and on loopback, so that nothing outside is needed.
package world

import (
	"errors"
	"fmt"
	"math/rand"
	"net"
	"net/http"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Daemon is a shell's command that leaves something running with the shell's output open. It looks once a minute whether
// this process is still there, so that nothing stays behind for long.
var Daemon = fmt.Sprintf("while kill -0 %d 2>/dev/null; do sleep 60; done &", os.Getpid())

// World is handed to every pattern.
type World struct {
	Backend     string // URL without path
	Silent      string // host:port that accepts and never answers
	FeedAddress string // host:port of the gRPC server
	Client      *http.Client
	Feed        *grpc.ClientConn
}

// New starts everything.
func New() (*World, error) {
	backend, err := serveBackend()
	if err != nil {
		return nil, err
	}
	silent, err := serveSilence()
	if err != nil {
		return nil, err
	}
	feed, err := serveFeed()
	if err != nil {
		return nil, err
	}
	connection, err := grpc.NewClient(feed, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	return &World{
		Backend:     "http://" + backend,
		Silent:      silent,
		FeedAddress: feed,
		Client:      &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second}},
		Feed:        connection,
	}, nil
}

// Work takes about ten milliseconds, as a call of a backend does.
func (w *World) Work(what string) string {
	time.Sleep(time.Duration(float64(10*time.Millisecond) * min(5, rand.ExpFloat64())))
	return what
}

// Use takes what was got.
func (w *World) Use(string) {}

// Refuse always gives an error: the call is one of those that meet it.
func (w *World) Refuse(what string) error { return fmt.Errorf("%s refused", what) }

// Parse panics on an empty text, as code does that indexes without looking.
func (w *World) Parse(text string) string { return text[:1] }

// Recover ends a panic, as middleware does.
func (w *World) Recover() { _ = recover() }

// AskDeaf asks a queue that nobody serves.
func (w *World) AskDeaf() <-chan string { return make(chan string) }

// Rows gives more than a pipe's reader takes.
func (w *World) Rows() []string {
	rows := make([]string, 100)
	for number := range rows {
		rows[number] = fmt.Sprintf("row %d", number)
	}
	return rows
}

func serveBackend() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stock", func(answer http.ResponseWriter, _ *http.Request) {
		_, _ = answer.Write(make([]byte, 512))
	})
	go func() { _ = http.Serve(listener, mux) }()
	return listener.Addr().String(), nil
}

func serveSilence() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go holdConnections(listener)
	return listener.Addr().String(), nil
}

// holdConnections keeps what it accepts until the peer goes, which it notices when it accepts the next.
func holdConnections(listener net.Listener) {
	var held []net.Conn
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		kept := held[:0]
		for _, other := range held {
			if gone(other) {
				_ = other.Close()
			} else {
				kept = append(kept, other)
			}
		}
		held = append(kept, connection)
	}
}

func gone(connection net.Conn) bool {
	_ = connection.SetReadDeadline(time.Now().Add(time.Microsecond))
	_, err := connection.Read(make([]byte, 1))
	var timeout net.Error
	return !(errors.As(err, &timeout) && timeout.Timeout())
}
