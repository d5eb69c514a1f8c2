// A leak: the caller times out and goes, and the goroutine that works for it waits forever to hand over its result,
// because the channel has no room and nobody receives any more.
//
// The fix: give the channel room for one result, make(chan string, 1).
package main

import (
	"context"
	"time"

	"example.com/leakstream-examples/harness"
)

const (
	impatient = 5 * time.Millisecond // gone before the backend answers: this call leaks
	patient   = 5 * time.Second      // still there: this one does not
)

// queryBackend stands for a call that is slower than some callers are patient.
func queryBackend(key string) string {
	time.Sleep(20 * time.Millisecond)
	return "price of " + key
}

func fetchPrice(ctx context.Context, key string) (string, error) {
	result := make(chan string)
	go func() {
		result <- queryBackend(key) // nobody receives after the timeout
	}()
	select {
	case price := <-result:
		return price, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func call(patience time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, _ = fetchPrice(ctx, "basket")
}

// Most callers of a real service are served; the leak hides among them, in the same function.
func main() {
	harness.Run(2, func() {
		for served := 0; served < 3; served++ {
			go call(patient)
		}
		call(impatient)
	})
}
