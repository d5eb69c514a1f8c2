// A leak: a context is made with a cancel that is never called, so the goroutine that waits for the end of the
// request waits forever.
//
// The fix: defer cancel() where the context is made (go vet's lostcancel finds the plain cases).
package main

import (
	"context"

	"example.com/leakstream-examples/harness"
)

type session struct {
	cancel context.CancelFunc // kept, and forgotten
}

var sessions []*session

func openSession(parent context.Context) *session {
	ctx, cancel := context.WithCancel(parent)
	go watchSession(ctx)
	return &session{cancel: cancel}
}

func watchSession(ctx context.Context) {
	<-ctx.Done()
}

func main() {
	harness.Run(2, func() {
		sessions = append(sessions, openSession(context.Background()))
	})
}
