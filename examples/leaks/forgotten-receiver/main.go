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

// queryBackend stands for a call that is slower than its caller is patient.
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

func main() {
	harness.Run(2, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		defer cancel()
		_, _ = fetchPrice(ctx, "basket")
	})
}
