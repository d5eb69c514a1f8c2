package leaky

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

// MissingStop (06) starts a watcher and never stops it.
func MissingStop(_ context.Context, w *world.World) error {
	watcher := &Watcher{events: make(chan string), done: make(chan struct{})}
	watcher.Start(w)
	watcher.events <- w.Work("changed")
	return nil
}

// LoopingTimer (07) starts a loop that nothing ends. It never waits for longer than its period.
func LoopingTimer(_ context.Context, w *world.World) error {
	go pollRates(w)
	return nil
}

func pollRates(w *world.World) {
	for {
		time.Sleep(5 * time.Second)
		w.Use("rates")
	}
}

// SelectNoDone (08) listens to two sources that fall silent, and to nothing that would end it.
func SelectNoDone(_ context.Context, w *world.World) error {
	prices, stock := make(chan string), make(chan string)
	go func() {
		for {
			select {
			case price := <-prices:
				w.Use(price)
			case count := <-stock:
				w.Use(count)
			}
		}
	}()
	prices <- w.Work("price")
	return nil
}

// AbandonedCancel (09) loses the function that would end its helper.
func AbandonedCancel(_ context.Context, w *world.World) error {
	session, _ := context.WithCancel(context.Background()) //nolint:govet // the mistake itself
	go cleanUpAfter(session, w)
	return nil
}

func cleanUpAfter(session context.Context, w *world.World) {
	<-session.Done()
	w.Use("cleaned up")
}
