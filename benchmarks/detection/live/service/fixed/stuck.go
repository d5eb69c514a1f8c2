package fixed

import (
	"context"

	"example.com/live/world"
)

// SenderDied (10): the sender closes the channel however it ends.
func SenderDied(_ context.Context, w *world.World) error {
	answer := make(chan string)
	go func() {
		defer close(answer)
		defer w.Recover()
		answer <- w.Parse("")
	}()
	go useAnswer(answer, w)
	return nil
}

func useAnswer(answer <-chan string, w *world.World) {
	if text, sent := <-answer; sent {
		w.Use(text)
	}
}

// Feed publishes events.
type Feed struct{ events chan string }

func (f *Feed) publish(event string) { f.events <- event }

// NilChannel (11): the channel is made, and somebody takes from it.
func NilChannel(_ context.Context, w *world.World) error {
	feed := &Feed{events: make(chan string)}
	go feed.publish(w.Work("event"))
	w.Use(<-feed.events)
	return nil
}

// SelectForever (12): the library parks until its context ends.
func SelectForever(ctx context.Context, w *world.World) error {
	go traceUntil(ctx, w)
	w.Work("trace")
	return nil
}

func traceUntil(ctx context.Context, w *world.World) {
	defer w.Use("trace")
	<-ctx.Done()
}
