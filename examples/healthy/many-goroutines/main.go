// Healthy, and large: as many goroutines as it is told to have, parked in four ways at some depth over a heap of 100 MB; more
// on one lock, where that is asked for.
//
// It says at /measured what its own runtime measured: how often and for how long it stood still, and its CPU time. So a
// profile can be judged by what it cost the program it was taken of.
package main

import (
	"encoding/json"
	"flag"
	"math"
	"net/http"
	"runtime"
	"runtime/metrics"
	"sync"
	"syscall"
	"time"

	"example.com/leakstream-examples/harness"
)

var (
	goroutines = flag.Int("goroutines", 100_000, "how many to park")
	locked     = flag.Int("locked", 0, "how many to park on one mutex besides")
)

var (
	start sync.Once
	heap  [][]*int
	never = make(chan int)
	other = make(chan int)
	lock  sync.Mutex
	cond  = sync.NewCond(&sync.Mutex{})
)

//go:noinline
func descend(depth, way int) {
	if depth > 0 {
		descend(depth-1, way)
		return
	}
	switch way {
	case 0:
		<-never
	case 1:
		select {
		case <-never:
		case <-other:
		}
	case 2:
		cond.L.Lock()
		cond.Wait()
	case 3:
		time.Sleep(24 * time.Hour)
	default:
		lock.Lock()
	}
}

func park() {
	for i := 0; i < 100; i++ {
		block := make([]*int, 1<<17) // a megabyte of pointers, which a collection follows
		for j := range block {
			block[j] = &i
		}
		heap = append(heap, block)
	}
	lock.Lock()
	for i := 0; i < *goroutines; i++ {
		go descend(2+i%4, i%4)
	}
	for i := 0; i < *locked; i++ {
		go descend(2, 4)
	}
}

// measure answers with the goroutines there are, the CPU time of the process in seconds, and how many pauses there were
// by the upper end of their bucket in seconds.
func measure(w http.ResponseWriter, _ *http.Request) {
	names := []string{"/sched/pauses/total/gc:seconds", "/sched/pauses/total/other:seconds"}
	samples := make([]metrics.Sample, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	metrics.Read(samples)
	stops := map[string]uint64{}
	for _, sample := range samples {
		if sample.Value.Kind() != metrics.KindFloat64Histogram {
			continue // before Go 1.22
		}
		histogram := sample.Value.Float64Histogram()
		for i, count := range histogram.Counts {
			upper := histogram.Buckets[i+1]
			if math.IsInf(upper, 1) {
				upper = histogram.Buckets[i]
			}
			if count > 0 {
				key, _ := json.Marshal(upper)
				stops[string(key)] += count
			}
		}
	}
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	cpu := float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
	_ = json.NewEncoder(w).Encode(map[string]any{
		"goroutines": runtime.NumGoroutine(), "cpu_seconds": cpu, "pauses": stops,
	})
}

func main() {
	http.HandleFunc("/measured", measure)
	harness.Run(10, func() { start.Do(park) })
}
