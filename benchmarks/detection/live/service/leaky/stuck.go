package leaky

import (
	"context"

	"example.com/live/world"
)

// SenderDied (10) waits for an answer whose sender panicked.
func SenderDied(_ context.Context, w *world.World) error {
	answer := make(chan string)
	go func() {
		defer w.Recover()
		answer <- w.Parse("") // panics, so nothing is sent
	}()
	go useAnswer(answer, w)
	return nil
}

func useAnswer(answer <-chan string, w *world.World) {
	w.Use(<-answer)
}

// Feed publishes events.
type Feed struct{ events chan string }

func (f *Feed) publish(event string) { f.events <- event }

// NilChannel (11) publishes on a channel that was never made.
func NilChannel(_ context.Context, w *world.World) error {
	feed := &Feed{}
	go feed.publish(w.Work("event"))
	return nil
}

// SelectForever (12) uses a library that parks a goroutine for good.
func SelectForever(_ context.Context, w *world.World) error {
	go traceForever(w)
	return nil
}

func traceForever(w *world.World) {
	defer w.Use("trace")
	select {}
}
