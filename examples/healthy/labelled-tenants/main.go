// No leak: a queue for each tenant, worked off under pprof labels, so that one stack stands in the profile once for each
// tenant; the queue is generic. Beside it a goroutine without a line of its own code: a method value of a WaitGroup.
package main

import (
	"context"
	"fmt"
	"runtime/pprof"
	"sync"

	"example.com/leakstream-examples/harness"
)

const (
	tenants          = 5
	workersPerTenant = 3
)

type queue[T any] struct{ items chan T }

func (q queue[T]) work(done func(T)) {
	for item := range q.items {
		done(item)
	}
}

// startTenants gives each tenant its workers; a goroutine inherits the labels of the one that starts it.
func startTenants(served *sync.WaitGroup) []queue[string] {
	queues := make([]queue[string], tenants)
	for tenant := range queues {
		queues[tenant] = queue[string]{make(chan string)}
		labels := pprof.Labels("tenant", fmt.Sprint(tenant), "tier", "gold")
		pprof.Do(context.Background(), labels, func(context.Context) {
			for worker := 0; worker < workersPerTenant; worker++ {
				go queues[tenant].work(func(string) { served.Add(0) })
			}
		})
	}
	return queues
}

func main() {
	var served sync.WaitGroup
	served.Add(1) // never done: it stands for the life of the program
	queues := startTenants(&served)
	wait := served.Wait
	go wait()
	next := 0
	harness.Run(20, func() {
		queues[next%tenants].items <- "order"
		next++
	})
}
