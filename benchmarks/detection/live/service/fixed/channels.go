// Package fixed holds the 28 patterns as they should be. Package leaky has functions of the same names.
package fixed

import (
	"context"
	"time"

	"example.com/live/world"
)

// EarlyReturn (01): the channel has room for the answer that nobody takes.
func EarlyReturn(_ context.Context, w *world.World) error {
	price := make(chan string, 1)
	go func() {
		price <- w.Work("price")
	}()
	if err := w.Refuse("order"); err != nil {
		return err
	}
	w.Use(<-price)
	return nil
}

// Timeout (02): the channel has room for the answer that comes too late.
func Timeout(ctx context.Context, w *world.World) error {
	ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	answer := make(chan string, 1)
	go func() {
		answer <- w.Work("answer")
	}()
	select {
	case text := <-answer:
		w.Use(text)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// NCast (03): there is room for every answer.
func NCast(_ context.Context, w *world.World) error {
	first := make(chan string, 3)
	for range 3 {
		go func() {
			first <- w.Work("replica")
		}()
	}
	w.Use(<-first)
	return nil
}

// DoubleSend (04): it returns after it sent the error.
func DoubleSend(_ context.Context, w *world.World) error {
	outcome := make(chan any)
	go func() {
		err := w.Refuse("upload")
		if err != nil {
			outcome <- err
			return
		}
		outcome <- w.Work("upload")
	}()
	if err, failed := (<-outcome).(error); failed {
		return err
	}
	return nil
}

// UnclosedRange (05): the producer closes the channel.
func UnclosedRange(_ context.Context, w *world.World) error {
	jobs := make(chan string)
	defer close(jobs)
	for range 2 {
		go func() {
			for job := range jobs {
				w.Use(w.Work(job))
			}
		}()
	}
	for _, job := range []string{"resize", "crop", "upload"} {
		jobs <- job
	}
	return nil
}
