// Waits runs for some minutes and writes a debug=2 dump of goroutines that leak, that leak and loop, that come and go
// with load, and that stand in a pool since the start.
package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

const every = 2 * time.Second

//go:noinline
func leak() { <-make(chan int) }

//go:noinline
func loop() {
	for {
		time.Sleep(5 * time.Second)
	}
}

//go:noinline
func serve() { time.Sleep(20 * time.Second) }

//go:noinline
func pool(work chan int) {
	for range work {
		runtime.Gosched()
	}
}

func main() {
	minutes, err := time.ParseDuration(os.Args[1])
	if err != nil {
		panic(err)
	}
	work := make(chan int)
	for range 20 {
		go pool(work)
	}
	end := time.After(minutes)
	go func() {
		for {
			time.Sleep(30 * time.Second)
			runtime.GC() // as the garbage of a real service would ask for
		}
	}()
	ticker := time.NewTicker(every)
	for {
		select {
		case <-ticker.C:
			go leak()
			go loop()
			for range 3 {
				go serve()
			}
		case <-end:
			file, err := os.Create(os.Args[2])
			if err == nil {
				err = pprof.Lookup("goroutine").WriteTo(file, 2)
			}
			if err != nil {
				panic(err)
			}
			return
		}
	}
}
