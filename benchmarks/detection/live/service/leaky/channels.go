// Package leaky holds the 28 patterns as they are written by mistake. Package fixed has functions of the same names: the
// difference of the two files is the fix.
package leaky

import (
	"context"
	"time"

	"example.com/live/world"
)

// EarlyReturn (01) asks for a price and refuses the order before it takes the answer.
func EarlyReturn(_ context.Context, w *world.World) error {
	price := make(chan string)
	go func() {
		price <- w.Work("price") // nobody receives after the refusal
	}()
	if err := w.Refuse("order"); err != nil {
		return err
	}
	w.Use(<-price)
	return nil
}

// Timeout (02) stops waiting before the slow answer is there.
func Timeout(ctx context.Context, w *world.World) error {
	ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	answer := make(chan string)
	go func() {
		answer <- w.Work("answer") // nobody receives after the timeout
	}()
	select {
	case text := <-answer:
		w.Use(text)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// NCast (03) asks three replicas and takes the first answer: two senders stay.
func NCast(_ context.Context, w *world.World) error {
	first := make(chan string)
	for range 3 {
		go func() {
			first <- w.Work("replica")
		}()
	}
	w.Use(<-first)
	return nil
}

// DoubleSend (04) forgets to return after it sent the error.
func DoubleSend(_ context.Context, w *world.World) error {
	outcome := make(chan any)
	go func() {
		err := w.Refuse("upload")
		if err != nil {
			outcome <- err
		}
		outcome <- w.Work("upload") // the caller took the error and went
	}()
	if err, failed := (<-outcome).(error); failed {
		return err
	}
	return nil
}

// UnclosedRange (05) gives two workers their jobs and never tells them that there are no more.
func UnclosedRange(_ context.Context, w *world.World) error {
	jobs := make(chan string)
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
