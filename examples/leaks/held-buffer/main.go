// A leak that holds memory: each job hands its buffer to a goroutine that waits for a signal, and nobody gives one any more.
// So every leaked goroutine costs its stack and a buffer, of as many bytes as -bytes says.
//
// Beside it there may be a heap that stays (-live) and garbage that comes with every job (-garbage), as in any service.
//
// The fix: close the channel when the jobs are done.
package main

import (
	"flag"
	"sync"

	"example.com/leakstream-examples/harness"
)

var (
	held    = flag.Int("bytes", 16<<10, "what each goroutine holds")
	live    = flag.Int("live", 0, "MiB of heap that stay")
	garbage = flag.Int("garbage", 0, "KiB that each job throws away")
)

var (
	begin sync.Once
	stays [][]byte
	waste []byte
	done  = make(chan struct{}) // nobody closes it
)

func holdBuffer(buffer []byte) {
	<-done
	buffer[0]++ // so the buffer lives as long as the goroutine
}

func fill() {
	for i := 0; i < *live; i++ {
		stays = append(stays, make([]byte, 1<<20))
	}
}

func main() {
	harness.Run(2, func() {
		begin.Do(fill)
		for i := 0; i < *garbage; i++ {
			waste = make([]byte, 1<<10)
		}
		go holdBuffer(make([]byte, *held))
	})
}
