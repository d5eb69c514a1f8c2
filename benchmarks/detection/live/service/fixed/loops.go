package fixed

import (
	"context"
	"time"

	"example.com/live/world"
)

// Watcher follows something until it is stopped.
type Watcher struct {
	events chan string
	done   chan struct{}
}

// Start begins to follow; it must be paired with Stop.
func (t *Watcher) Start(w *world.World) {
	go func() {
		for {
			select {
			case event := <-t.events:
				w.Use(event)
			case <-t.done:
				return
			}
		}
	}()
}

// Stop ends what Start began.
func (t *Watcher) Stop() { close(t.done) }

// MissingStop (06): it stops what it started.
func MissingStop(_ context.Context, w *world.World) error {
	watcher := &Watcher{events: make(chan string), done: make(chan struct{})}
	watcher.Start(w)
	defer watcher.Stop()
	watcher.events <- w.Work("changed")
	return nil
}

// LoopingTimer (07): the loop ends with the request.
func LoopingTimer(ctx context.Context, w *world.World) error {
	go pollRates(ctx, w)
	w.Work("rates")
	return nil
}

func pollRates(ctx context.Context, w *world.World) {
	ticker := time.NewTicker(5 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			w.Use("rates")
		case <-ctx.Done():
			return
		}
	}
}

// SelectNoDone (08): it listens to the end of the request too.
func SelectNoDone(ctx context.Context, w *world.World) error {
	prices, stock := make(chan string), make(chan string)
	go func() {
		for {
			select {
			case price := <-prices:
				w.Use(price)
			case count := <-stock:
				w.Use(count)
			case <-ctx.Done():
				return
			}
		}
	}()
	prices <- w.Work("price")
	return nil
}

// AbandonedCancel (09): it cancels.
func AbandonedCancel(_ context.Context, w *world.World) error {
	session, cancel := context.WithCancel(context.Background())
	defer cancel()
	go cleanUpAfter(session, w)
	w.Work("session")
	return nil
}

func cleanUpAfter(session context.Context, w *world.World) {
	<-session.Done()
	w.Use("cleaned up")
}
